/** One question and its answer. */
import { type Analysis, hasEnded } from "../../api/live";
import { Button } from "../../parts/button";
import { ProblemLine } from "../../parts/problem";
import { useTexts } from "../../texts";
import { Paragraphs } from "./letter";
import { texts } from "./texts";
import { useReading } from "./use-reading";

interface Props {
  readonly question: Analysis;
  readonly onAgain: (words: string) => void;
  readonly isBusy: boolean;
}

export function Question({ question, onAgain, isBusy }: Props) {
  return (
    <li>
      <p className="question">{question.text}</p>
      {hasEnded(question) ? (
        <Answer question={question} onAgain={onAgain} isBusy={isBusy} />
      ) : (
        <Growing question={question} onAgain={onAgain} isBusy={isBusy} />
      )}
    </li>
  );
}

/** Watched only while it comes. */
function Growing({ question, onAgain, isBusy }: Props) {
  const t = useTexts(texts);
  const { analysis, partial, problem } = useReading(question.id);
  const now = analysis ?? question;
  if (hasEnded(now))
    return <Answer question={{ ...now, text: question.text ?? null }} onAgain={onAgain} isBusy={isBusy} />;
  return (
    <div className="answer" aria-live="polite" aria-busy="true">
      {partial?.intro ? <Paragraphs of={partial.intro} /> : <p className="hint answer-coming">{t.asking}</p>}
      <ProblemLine of={problem} />
    </div>
  );
}

function Answer({ question, onAgain, isBusy }: Props) {
  const t = useTexts(texts);
  const { analysis, error } = question;
  if (analysis) {
    return (
      <div className="answer">
        <Paragraphs of={analysis.intro} />
        {analysis.sections.map(({ title, content }) => (
          <Paragraphs key={title} of={content} />
        ))}
      </div>
    );
  }
  return (
    <div className="answer">
      <p>{error?.message ?? t.canceledHint}</p>
      <p className="hint small">{error && !error.unit_returned ? t.unitTaken : t.unitReturned}</p>
      <Button kind="plain" isBusy={isBusy} onPress={() => onAgain(question.text ?? "")}>
        {t.askAgain}
      </Button>
    </div>
  );
}
