/** Over the screen, until it is closed: by its button, by Escape, or by going back. */
import type { ComponentChildren } from "preact";
import { type RefObject, useEffect, useRef } from "react";
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
  useFocusInside(box);
  useStillGround();
  return (
    <div
      ref={box}
      className={`modal ${className}`}
      role="dialog"
      aria-modal="true"
      aria-label={label}
      tabIndex={-1}
    >
      <button type="button" className="modal-close" aria-label={t.close} onClick={back}>
        <Icon name="close" />
      </button>
      {children}
    </div>
  );
}

/** What is beneath does not scroll along. */
function useStillGround(): void {
  useEffect(() => {
    const { style } = document.documentElement;
    style.overflow = "hidden";
    return () => {
      style.overflow = "";
    };
  }, []);
}

const FOCUSABLE = "a[href], button:not(:disabled), input:not(:disabled), textarea:not(:disabled)";

/** The focus comes to the box, goes around inside of it, and returns to where it was. */
function useFocusInside(box: RefObject<HTMLElement | null>): void {
  useEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    box.current?.focus();
    // Of the document: what has the focus may go away while it has it.
    const pressed = (event: KeyboardEvent) => {
      if (event.key === "Escape") back();
      if (event.key === "Tab" && box.current) goAround(box.current, event);
    };
    document.addEventListener("keydown", pressed);
    return () => {
      document.removeEventListener("keydown", pressed);
      before?.focus?.({ preventScroll: true });
    };
  }, [box]);
}

function goAround(box: HTMLElement, event: KeyboardEvent): void {
  const all = [...box.querySelectorAll<HTMLElement>(FOCUSABLE)];
  const at = document.activeElement;
  const [from, to] = event.shiftKey ? [all[0], all.at(-1)] : [all.at(-1), all[0]];
  const isInside = at !== box && box.contains(at);
  if (isInside && at !== from) return;
  event.preventDefault();
  to?.focus();
}
