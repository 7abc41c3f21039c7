/** The first screen: a photo of the cup, or words; what about; and off it goes. */
import { useEffect } from "react";
import { forgetKnown } from "../../api/loaded";
import { useLimits } from "../../person";
import { count, type Forms, useTexts } from "../../texts";
import { draft, readDraft } from "./draft";
import { Editing } from "./editing";
import { Leaving } from "./leaving";
import "./new-reading.css";
import type { OutboxState } from "./outbox";
import { type Remaining, remaining, remainingOf } from "./remaining";
import { outbox } from "./sending";
import { useStore } from "./store";
import { texts } from "./texts";

/** Withdrawn on another device, or given to an older version. */
const CONSENT_REQUIRED = "E205";

export function NewReading() {
  const t = useTexts(texts);
  const state = useStore(outbox.state);
  const now = useStore(draft);
  const limits = useLimits();
  useEffect(() => {
    void readDraft();
    // What was refused in an earlier visit may be possible now.
    if (outbox.state.get().kind === "refused") void outbox.discard();
  }, []);
  useEffect(() => {
    if (state.kind !== "refused") return;
    if (state.problem.code === CONSENT_REQUIRED) forgetKnown("consents");
    else void limits.reload();
  }, [state, limits.reload]);
  const left = refusedFor(state) ?? (limits.data && remaining(limits.data));
  const forms: Record<string, Forms> = { today: t.leftToday, month: t.leftMonth, bonus: t.leftBonus };
  const form = left && forms[left.kind];
  return (
    <main className="screen new">
      <header>
        <h1>{t.title}</h1>
        <p className="hint small new-left">{form && "count" in left && count(left.count, form)}</p>
      </header>
      {state.kind === "sending" || state.kind === "kept" ? (
        <Leaving state={state} />
      ) : (
        <Editing now={now} state={state} over={left && "freeAt" in left ? left : undefined} />
      )}
    </main>
  );
}

function refusedFor(state: OutboxState): Remaining | undefined {
  return state.kind === "refused"
    ? remainingOf(state.problem.code, state.problem.details.reset_at)
    : undefined;
}
