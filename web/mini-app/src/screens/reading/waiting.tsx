import type { Analysis, Partial } from "../../api/live";
import type { Refusal } from "../../api/refusal";
import { ProblemLine } from "../../parts/problem";

interface Props {
  readonly analysis: Analysis | undefined;
  readonly partial: Partial | undefined;
  readonly problem: Refusal | undefined;
}

/** While a reading comes into being. */
export function Waiting({ analysis, partial, problem }: Props) {
  return (
    <main className="screen" aria-live="polite">
      <p className="hint">{analysis?.progress.step}</p>
      <p data-reading-text>{partial?.intro}</p>
      <ProblemLine of={problem} />
    </main>
  );
}
