import { useState } from "react";
import { api, newKey } from "../../api/call";
import { useLoaded } from "../../api/loaded";
import { offline, Refusal } from "../../api/refusal";
import { Anchor } from "../../parts/anchor";
import { Button } from "../../parts/button";
import { ProblemLine } from "../../parts/problem";
import { Title } from "../../parts/title";
import { toSight } from "../../parts/to-sight";
import { useMe, useSubscription } from "../../person";
import { replace } from "../../router";
import * as telegram from "../../telegram";
import { fill, useTexts } from "../../texts";
import { date, moment } from "../../texts/moment";
import { forgetUnsent } from "../new-reading/sending";
import { isPaid } from "../plans/rules";
import { texts } from "./data-texts";
import { isWord } from "./word";

/** What the API asks for; people type the word of their language. */
const CODE = "DELETE_MY_DATA";

/** Everything about the person is deleted, after they have typed the word. */
export function DeletionPage() {
  const t = useTexts(texts);
  const zone = useMe().data?.timezone ?? "UTC";
  const underWay = useUnderWay();
  const [word, setWord] = useState("");
  const { isBusy, problem, send } = useDeletion();
  if (underWay) {
    return (
      <main className="screen">
        <Title>{t.deletion}</Title>
        <p role="status">{fill(t.underWay, { end: moment(underWay, zone) })}</p>
      </main>
    );
  }
  const isTyped = isWord(word, t.deletionWord);
  return (
    <main className="screen">
      <Title>{t.deletionTitle}</Title>
      <section className="card settings-note">
        <p>{t.deletionWhat}</p>
        <ul className="settings-list">
          {t.deletionList.map((line) => (
            <li key={line}>{line}</li>
          ))}
        </ul>
        <PaidTime zone={zone} />
      </section>
      <p className="hint small">{t.deletionKept}</p>
      <p>
        <Anchor to="/settings/data">{t.deletionCopy}</Anchor>
      </p>
      <label className="settings-word">
        <span>{fill(t.deletionType, { word: t.deletionWord })}</span>
        <input
          className="field"
          autoComplete="off"
          autoCapitalize="characters"
          spellcheck={false}
          value={word}
          onFocus={toSight}
          onInput={(event) => {
            const next = event.currentTarget.value;
            if (isWord(next, t.deletionWord) && !isTyped) telegram.haptic("warning");
            setWord(next);
          }}
        />
      </label>
      <ProblemLine of={problem} />
      <Button kind="danger" onPress={send} isDisabled={!isTyped} isBusy={isBusy}>
        {t.deletionYes}
      </Button>
    </main>
  );
}

function PaidTime({ zone }: { zone: string }) {
  const t = useTexts(texts);
  const { data } = useSubscription();
  if (!data?.current_period_end || !isPaid(data, new Date())) return null;
  return <p className="problem-line">{fill(t.deletionPaid, { end: date(data.current_period_end, zone) })}</p>;
}

/** When a deletion that was asked for before will have ended. */
function useUnderWay(): string | undefined {
  const { data } = useLoaded("deletion", async (signal) => {
    try {
      return await api("get", "/v1/users/me/deletion", { signal });
    } catch (why) {
      if (why instanceof Refusal && why.status === 404) return null;
      throw why;
    }
  });
  return data?.status === "pending" || data?.status === "processing" ? data.deadline : undefined;
}

function useDeletion() {
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Refusal>();
  const [key] = useState(newKey);
  const send = async () => {
    setBusy(true);
    setProblem(undefined);
    try {
      const body = { confirmation_code: CODE };
      await api("post", "/v1/users/me/deletion", { body, headers: { "idempotency-key": key } });
      telegram.haptic("warning");
      await forgetUnsent();
      replace("/settings/farewell");
    } catch (why) {
      telegram.haptic("error");
      setProblem(why instanceof Refusal ? why : offline());
      setBusy(false);
    }
  };
  return { isBusy, problem, send };
}
