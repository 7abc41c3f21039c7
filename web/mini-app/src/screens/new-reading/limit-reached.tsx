import { Icon } from "../../parts/icon";
import { useSubscription } from "../../person";
import { go } from "../../router";
import { dayAndHour, useTexts } from "../../texts";
import type { Remaining } from "./remaining";
import { texts } from "./texts";

export type Over = Extract<Remaining, { readonly freeAt: string }>;

/** When there is another one, and how to have more. */
export function LimitReached({ over }: { over: Over }) {
  const t = useTexts(texts);
  const subscription = useSubscription();
  const hasTrial = subscription.data?.trial_used === false;
  return (
    <section className="card new-panel" role="status">
      <h2>{t[over.kind]}</h2>
      {over.freeAt && <p>{t.free.replace("{when}", dayAndHour(over.freeAt))}</p>}
      <button type="button" className="new-way" onClick={() => go("/plans")}>
        <span>
          {t.more} {hasTrial && t.trial}
        </span>
        <Icon name="next" />
      </button>
    </section>
  );
}
