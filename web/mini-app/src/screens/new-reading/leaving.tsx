/** What is on its way: nothing of it can be changed any more, but it can be taken back. */
import * as telegram from "../../telegram";
import { useMainButton } from "../../telegram/buttons";
import { useTexts } from "../../texts";
import { Picture } from "./cup-target";
import type { OutboxState } from "./outbox";
import { outbox } from "./sending";
import { KeptPanel, SendingPanel } from "./sending-panel";
import { texts } from "./texts";

export function Leaving({ state }: { state: Extract<OutboxState, { kind: "sending" | "kept" }> }) {
  const t = useTexts(texts);
  const isKept = state.kind === "kept";
  const isSignedOut = isKept && state.problem?.isSignedOut;
  useMainButton({
    text: isKept ? t.sendNow : t.read,
    onPress: () => {
      telegram.haptic("light");
      void outbox.retry();
    },
    isBusy: !isKept,
    isHidden: isSignedOut === true,
  });
  const { content } = state.act;
  return (
    <>
      {"photo" in content ? (
        <div className="new-target new-full">
          <Picture photo={content.photo} />
        </div>
      ) : (
        <blockquote className="card new-quote">{content.words}</blockquote>
      )}
      {isKept ? <KeptPanel state={state} /> : <SendingPanel state={state} />}
    </>
  );
}
