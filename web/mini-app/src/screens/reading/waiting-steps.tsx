import type { Schemas } from "@symancy/client";
import type { Analysis } from "../../api/live";
import { Icon } from "../../parts/icon";
import { useTexts } from "../../texts";
import { texts } from "./waiting-texts";

export type Step = Exclude<Schemas["Step"], "ended">;

const OF_PHOTO: readonly Step[] = ["queued", "preparing_image", "reading_cup", "interpreting"];
/** The photo lies with Telegram still. */
const OF_CHAT: readonly Step[] = ["queued", "fetching_photo", ...OF_PHOTO.slice(1)];
const OF_WORDS: readonly Step[] = ["queued", "interpreting"];

/** What is being done; before anything is known, the first. */
export function stepOf(analysis: Analysis | undefined): Step {
  const step = analysis?.progress.step ?? "queued";
  return step === "ended" ? "interpreting" : step;
}

export function stepsOf(analysis: Analysis | undefined): readonly Step[] {
  if (analysis?.input_type === "text") return OF_WORDS;
  return stepOf(analysis) === "fetching_photo" ? OF_CHAT : OF_PHOTO;
}

export function Steps({ analysis }: { analysis: Analysis | undefined }) {
  const t = useTexts(texts);
  const steps = stepsOf(analysis);
  const at = steps.indexOf(stepOf(analysis));
  return (
    <ol className="waiting-steps">
      {steps.map((step, index) => {
        const state = index < at ? "done" : index === at ? "now" : "later";
        return (
          <li key={step} className={`waiting-step waiting-${state}`} aria-current={state === "now" && "step"}>
            <span className="waiting-mark">{state === "done" && <Icon name="check" />}</span>
            {t[step]}
            {state === "done" && <span className="visually-hidden">, {t.done}</span>}
          </li>
        );
      })}
    </ol>
  );
}
