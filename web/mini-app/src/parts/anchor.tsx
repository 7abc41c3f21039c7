import type { ComponentChildren } from "preact";
import { go } from "../router";

/** A link to another screen, within a text. */
export function Anchor({ to, children }: { to: string; children: ComponentChildren }) {
  return (
    <a
      href={`/app${to}`}
      onClick={(event) => {
        event.preventDefault();
        go(to);
      }}
    >
      {children}
    </a>
  );
}
