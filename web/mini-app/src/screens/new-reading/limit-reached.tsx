import { Icon } from "../../parts/icon";
import { useMe, useSubscription } from "../../person";
import { go } from "../../router";
import { fill, useTexts } from "../../texts";
import { moment } from "../../texts/moment";
import type { Remaining } from "./remaining";
import { texts } from "./texts";

export type Over = Extract<Remaining, { readonly freeAt: string }>;

/** When there is another one, and how to have more. */
export function LimitReached({ over }: { over: Over }) {
  const t = useTexts(texts);
  const subscription = useSubscription();
  const zone = useMe().data?.timezone ?? "UTC";
  const hasTrial = subscription.data?.trial_used === false;
  return (
    <section className="card new-panel" role="status">
      <h2>{t[over.kind]}</h2>
      {over.freeAt && <p>{fill(t.free, { when: moment(over.freeAt, zone) })}</p>}
      <button type="button" className="new-way" onClick={() => go("/plans")}>
        <span>
          {t.more} {hasTrial && t.trial}
        </span>
        <Icon name="next" />
      </button>
    </section>
  );
}
