/** Questions about a reading, and their answers as they come. */
import { useEffect, useState } from "react";
import { api } from "../../api/call";
import type { Analysis } from "../../api/live";
import { forgetKnown, learn, useLoaded } from "../../api/loaded";
import { Button } from "../../parts/button";
import { useAppFacts } from "../../person";
import { confirmClosing } from "../../telegram";
import { count, useTexts } from "../../texts";
import { Question } from "./question";
import { Refused } from "./refused";
import { texts } from "./texts";
import { useAct } from "./use-act";
import { keyOf } from "./use-reading";

/** Questions that were begun, by their reading: looking elsewhere does not lose them. */
const drafts = new Map<string, string>();

export function Asking({ analysis }: { analysis: Analysis }) {
  const t = useTexts(texts);
  const { id } = analysis;
  const questions = useLoaded(`questions:${id}`, (signal) =>
    api("get", "/v1/analyses/{id}/questions", { path: { id }, signal }),
  );
  const facts = useAppFacts();
  const [text, setText] = useState(drafts.get(id) ?? "");
  const act = useAct(`ask:${id}`);
  const isBegun = text.trim() !== "";
  useEffect(() => {
    drafts.set(id, text);
    confirmClosing(isBegun);
    return () => confirmClosing(false);
  }, [id, text, isBegun]);
  const ask = async (words: string) => {
    const accepted = await act.run(words, (key) =>
      api("post", "/v1/analyses/{id}/questions", {
        path: { id },
        body: { text: words },
        headers: { "idempotency-key": key },
      }),
    );
    if (!accepted) return;
    // Also for a person who has left this screen meanwhile.
    if (drafts.get(id)?.trim() === words) drafts.delete(id);
    const question = begun(analysis, accepted, words);
    learn(keyOf(question.id), question);
    const before = questions.data;
    questions.put({ units_for_next: before?.units_for_next ?? 1, data: [...(before?.data ?? []), question] });
    setText((now) => (now.trim() === words ? "" : now));
    forgetKnown("limits");
    void questions.reload();
  };
  const cost = questions.data?.units_for_next;
  return (
    <section className="reading-part card">
      <h2>{t.ask}</h2>
      {(questions.data?.data.length ?? 0) > 0 && (
        <ol className="questions" aria-label={t.thread}>
          {questions.data?.data.map((question) => (
            <Question key={question.id} question={question} onAgain={ask} isBusy={act.isBusy} />
          ))}
        </ol>
      )}
      <textarea
        className="field"
        aria-label={t.ask}
        placeholder={t.askHint}
        maxLength={facts.data?.text_chars_max ?? 2000}
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
      />
      <p className="hint small reading-cost">
        {cost === undefined ? " " : cost === 0 ? t.askFree : count(cost, t.askCost)}
      </p>
      <Button isDisabled={!isBegun} isBusy={act.isBusy} onPress={() => ask(text.trim())}>
        {t.askSend}
      </Button>
      <Refused why={act.problem ?? (questions.data ? undefined : questions.problem)} />
    </section>
  );
}

/** A question that was accepted, as it is until the API is asked for it. */
function begun(about: Analysis, accepted: Pick<Analysis, "id" | "status">, text: string): Analysis {
  return {
    id: accepted.id,
    status: accepted.status,
    user_id: about.user_id,
    input_type: "text",
    focus_area: about.focus_area,
    progress: { step: "queued", done: 0, total: 1 },
    created_at: new Date().toISOString(),
    text,
    about: about.id,
  };
}
