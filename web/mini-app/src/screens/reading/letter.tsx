/** A finished reading, set as a letter. */
import type { Analysis } from "../../api/live";
import { common } from "../../parts/texts";
import { day, useTexts } from "../../texts";
import { CupPhoto } from "./cup-photo";
import { texts } from "./texts";

interface Props {
  readonly analysis: Analysis;
  /** The text has been read while it was written: it does not come in again. */
  readonly hasGrown: boolean;
}

export function Letter({ analysis, hasGrown }: Props) {
  const t = useTexts(texts);
  const focus = useTexts(common).focus;
  return (
    <article className={hasGrown ? "letter" : "letter letter-arriving"}>
      {analysis.input_type === "image" && <CupPhoto id={analysis.id} />}
      <header className="letter-head">
        <h1>{day(analysis.completed_at ?? analysis.created_at)}</h1>
        <p className="hint">{focus[analysis.focus_area]}</p>
      </header>
      {analysis.text && (
        <blockquote className="letter-words">
          <span className="visually-hidden">{t.ownWords}: </span>
          {analysis.text}
        </blockquote>
      )}
      <LetterText analysis={analysis} />
    </article>
  );
}

function LetterText({ analysis: { analysis: reading } }: { analysis: Analysis }) {
  return (
    <div className="letter-text" data-reading-text>
      <Paragraphs of={reading?.intro ?? ""} className="letter-intro" />
      {reading?.sections.map(({ title, content }) => (
        <section key={title}>
          <h2>{title}</h2>
          <Paragraphs of={content} />
        </section>
      ))}
    </div>
  );
}

/** Plain text of the API; its lines are paragraphs. */
export function Paragraphs({ of, className }: { of: string; className?: string }) {
  const lines = of.split(/\n+/).filter((line) => line.trim() !== "");
  return lines.map((line, at) => (
    <p key={at} className={className}>
      {line}
    </p>
  ));
}

/** The shape of a letter that is loading. */
export function LetterSkeleton() {
  const t = useTexts(common);
  return (
    <main className="screen reading" aria-busy="true" aria-label={t.loading}>
      <div className="letter">
        <div className="skeleton letter-photo" />
        <div className="letter-head">
          <div className="skeleton skeleton-title" />
        </div>
        <div className="letter-text">
          {[96, 100, 92, 98, 70].map((width) => (
            <div key={width} className="skeleton letter-line" style={{ width: `${width}%` }} />
          ))}
        </div>
      </div>
    </main>
  );
}
