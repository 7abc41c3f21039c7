import { useEffect, useRef } from "react";
import "./title.css";

/** The heading of a screen that was gone to: what is read out first, and where the focus begins. */
export function Title({ children }: { children: string }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus({ preventScroll: true }), []);
  return (
    <h1 ref={heading} className="title" tabIndex={-1}>
      {children}
    </h1>
  );
}
