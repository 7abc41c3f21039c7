/** A reading as far as it is written, set as the letter that it becomes. */
import { useRef } from "react";
import type { Partial } from "../../api/live";
import { grow } from "./growing";

export function GrowingText({ of: { intro, sections } }: { of: Partial }) {
  return (
    <div className="letter-text waiting-text" data-reading-text aria-busy="true">
      <Lines of={intro} className="letter-intro" />
      {sections.map(({ title, content }, at) => (
        <section key={at}>
          <h2>{title}</h2>
          <Lines of={content} />
        </section>
      ))}
    </div>
  );
}

function Lines({ of, className }: { of: string; className?: string }) {
  const lines = of.split(/\n+/).filter((line) => line.trim() !== "");
  return lines.map((line, at) => <Line key={at} of={line} className={className} />);
}

function Line({ of, className }: { of: string; className: string | undefined }) {
  const pieces = useRef<readonly string[]>([]);
  pieces.current = grow(pieces.current, of);
  return (
    <p className={className}>
      {pieces.current.map((piece, at) => (
        <span key={at} className="waiting-piece">
          {piece}
        </span>
      ))}
    </p>
  );
}
