/** Over the screen, until it is closed: by its button, by Escape, or by going back. */
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "react";
import { back, openLayer } from "../router";
import { useTexts } from "../texts";
import { Icon } from "./icon";
import "./modal.css";
import { common } from "./texts";

interface Props {
  readonly label: string;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
  readonly className?: string;
}

export function Modal({ label, onClose, children, className = "" }: Props) {
  const t = useTexts(common);
  const box = useRef<HTMLDivElement>(null);
  const closed = useRef(onClose);
  closed.current = onClose;
  useEffect(() => openLayer(() => closed.current()), []);
  useEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    const { overflow } = document.documentElement.style;
    document.documentElement.style.overflow = "hidden";
    box.current?.focus();
    return () => {
      document.documentElement.style.overflow = overflow;
      before?.focus?.({ preventScroll: true });
    };
  }, []);
  const onKey = (event: KeyboardEvent) => {
    if (event.key === "Escape") back();
    if (event.key === "Tab" && box.current) keepInside(box.current, event);
  };
  return (
    <div
      ref={box}
      className={`modal ${className}`}
      role="dialog"
      aria-modal="true"
      aria-label={label}
      tabIndex={-1}
      onKeyDown={onKey}
    >
      <button type="button" className="modal-close" aria-label={t.close} onClick={back}>
        <Icon name="close" />
      </button>
      {children}
    </div>
  );
}

const FOCUSABLE = "a[href], button:not(:disabled), input:not(:disabled), textarea:not(:disabled)";

/** The focus goes around inside of `box`, and not to what is beneath it. */
function keepInside(box: HTMLElement, event: KeyboardEvent): void {
  const all = [...box.querySelectorAll<HTMLElement>(FOCUSABLE)];
  const [first, last] = [all[0], all.at(-1)];
  const at = document.activeElement;
  const next =
    event.shiftKey && (at === first || at === box)
      ? last
      : !event.shiftKey && at === last
        ? first
        : undefined;
  if (!next) return;
  event.preventDefault();
  next.focus();
}
