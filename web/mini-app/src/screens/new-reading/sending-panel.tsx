import { Button } from "../../parts/button";
import { common } from "../../parts/texts";
import { useTexts } from "../../texts";
import type { OutboxState } from "./outbox";
import { outbox } from "./sending";
import { texts } from "./texts";

type Sending = Extract<OutboxState, { kind: "sending" }>;
type Kept = Extract<OutboxState, { kind: "kept" }>;

export function SendingPanel({ state }: { state: Sending }) {
  const t = useTexts(texts);
  const percent = Math.round(state.share * 100);
  const doing = "photo" in state.act.content ? t.sendingPhoto : t.sendingWords;
  const text = state.share < 1 ? doing : t.arrived;
  return (
    <section className="card new-panel">
      <p role="status">{text}</p>
      <div
        className="new-bar"
        role="progressbar"
        aria-label={doing}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={percent}
      >
        <span style={{ transform: `scaleX(${state.share})` }} />
      </div>
      <Button kind="plain" onPress={() => outbox.discard()}>
        {t.cancelSending}
      </Button>
    </section>
  );
}

/** Not sent, and why; the main button sends it now. */
export function KeptPanel({ state }: { state: Kept }) {
  const t = useTexts(texts);
  const words = useTexts(common);
  const { problem, isOld, isStored } = state;
  const signedOut = problem?.isSignedOut && words.signedOutHint;
  const why = signedOut || (problem?.isOffline === false ? t.keptBusy : t.keptOffline);
  return (
    <section className="card new-panel">
      <h2>{t.keptTitle}</h2>
      <p role="status">{isOld ? t.keptOld : why}</p>
      {isStored && !isOld && <p className="hint small">{t.keptStored}</p>}
      <Button kind="plain" onPress={() => outbox.discard()}>
        {t.discard}
      </Button>
    </section>
  );
}
