import { useEffect, useState } from "react";
import { api, newKey } from "../../api/call";
import { offline, Refusal } from "../../api/refusal";
import { Button } from "../../parts/button";
import { ProblemLine } from "../../parts/problem";
import { Title } from "../../parts/title";
import { toSight } from "../../parts/to-sight";
import { useAppFacts } from "../../person";
import * as telegram from "../../telegram";
import { useMainButton } from "../../telegram/buttons";
import { useTexts } from "../../texts";
import { texts } from "./texts";

/** A letter to those who run the bot. */
export function Support() {
  const t = useTexts(texts);
  const { data: facts } = useAppFacts();
  const [text, setText] = useState("");
  const [isBusy, setBusy] = useState(false);
  const [isSent, setSent] = useState(false);
  const [problem, setProblem] = useState<Refusal>();
  const [key, setKey] = useState(newKey);
  const isEmpty = text.trim() === "";
  useEffect(() => {
    telegram.confirmClosing(!isEmpty);
    return () => telegram.confirmClosing(false);
  }, [isEmpty]);
  const write = (next: string) => {
    setText(next);
    // Other words are another letter; the same ones, sent again, are not.
    setKey(newKey());
  };
  const send = async () => {
    setBusy(true);
    setProblem(undefined);
    try {
      await api("post", "/v1/support", { body: { text: text.trim() }, headers: { "idempotency-key": key } });
      telegram.haptic("success");
      setSent(true);
      write("");
    } catch (why) {
      telegram.haptic("error");
      setProblem(why instanceof Refusal ? why : offline());
    } finally {
      setBusy(false);
    }
  };
  useMainButton({ text: t.supportSend, onPress: send, isActive: !isEmpty, isBusy, isHidden: isSent });
  return (
    <main className="screen">
      <Title>{t.support}</Title>
      {isSent ? (
        <div className="card settings-note" role="status">
          <h2>{t.supportSent}</h2>
          <p className="hint">{t.supportSentHint}</p>
          <Button kind="plain" onPress={() => setSent(false)}>
            {t.supportAnother}
          </Button>
        </div>
      ) : (
        <>
          <p className="hint">{t.supportHint}</p>
          <textarea
            className="field"
            rows={6}
            aria-label={t.supportLabel}
            maxLength={facts?.text_chars_max ?? 2_000}
            value={text}
            onFocus={toSight}
            onInput={(event) => write(event.currentTarget.value)}
          />
          <ProblemLine of={problem} />
          <p className="hint small">{t.supportPay}</p>
        </>
      )}
    </main>
  );
}
