/** The ways on from where a person stands: for nothing, or out of what they have. */
import { Button } from "../../parts/button";
import { ButtonRow, LinkRow, Rows } from "../../parts/rows";
import type { Subscription, UsageLimits } from "../../person";
import * as telegram from "../../telegram";
import { count, fill, useTexts } from "../../texts";
import { date, moment, remaining } from "../../texts/moment";
import { cancellable, freeAt, isPaid, isTrialOver, type Plan, trialDays } from "./rules";
import { planNames, texts } from "./texts";

interface UsedUpProps {
  readonly limits: UsageLimits;
  readonly subscription: Subscription;
  readonly zone: string;
  readonly onGoOn: () => void;
  readonly isBusy: boolean;
}

/** Nothing is left: when there is again, and the ways on. */
export function UsedUp({ limits, subscription, zone, onGoOn, isBusy }: UsedUpProps) {
  const t = useTexts(texts);
  const now = new Date();
  if (isTrialOver(limits, now)) {
    return (
      <section className="card plans-note">
        <h2>{t.trialOver}</h2>
        <p className="hint">{t.trialOverHint}</p>
        <Button kind="plain" onPress={onGoOn} isBusy={isBusy}>
          {t.goOn}
        </Button>
      </section>
    );
  }
  const free = freeAt(limits, now);
  if (!free) return null;
  return (
    <section className="card plans-note">
      <h2>{t.usedUp}</h2>
      <p className="hint">
        {fill(t.usedUpHint, { when: moment(free, zone), remaining: remaining(free) })}{" "}
        {!isPaid(subscription, now) && t.usedUpMore}
      </p>
    </section>
  );
}

interface TrialProps {
  readonly plans: readonly Plan[];
  readonly subscription: Subscription;
  readonly onBegin: () => void;
  readonly isBusy: boolean;
}

export function Trial({ plans, subscription, onBegin, isBusy }: TrialProps) {
  const t = useTexts(texts);
  const days = trialDays(plans, subscription, new Date());
  if (days === 0) return null;
  const day = plans.find(({ tier }) => tier === "TRIAL")?.daily_analyses_limit ?? "∞";
  return (
    <section className="card plans-note">
      <h2>{count(days, t.trial)}</h2>
      <p className="hint">{fill(t.trialHint, { day })}</p>
      <Button kind="plain" onPress={onBegin} isBusy={isBusy}>
        {t.trialBegin}
      </Button>
    </section>
  );
}

interface EndingProps {
  readonly limits: UsageLimits;
  readonly subscription: Subscription;
  readonly zone: string;
  readonly onEnd: () => void;
  readonly isBusy: boolean;
}

export function Ending({ limits, subscription, zone, onEnd, isBusy }: EndingProps) {
  const t = useTexts(texts);
  const names = useTexts(planNames);
  const what = cancellable(subscription, limits, new Date());
  const ask = async () => {
    const end = date(subscription.current_period_end ?? "", zone);
    const question =
      what === "trial" ? t.endTrialAsk : fill(t.endAsk, { plan: names[subscription.tier], end });
    if (await telegram.confirm(question, what === "trial" ? t.endTrialYes : t.endYes)) onEnd();
  };
  return (
    <Rows>
      <LinkRow to="/settings/support" text={t.help} />
      {what && (
        <ButtonRow text={what === "trial" ? t.endTrial : t.end} onPress={ask} isDanger isDisabled={isBusy} />
      )}
    </Rows>
  );
}
