/** What the person has: their plan, how much of it is left, and until when. */
import { Bar } from "../../parts/bar";
import type { Subscription, UsageLimits } from "../../person";
import { count, fill, useTexts } from "../../texts";
import { date, moment, remaining } from "../../texts/moment";
import { isPaid, isTrialOver } from "./rules";
import { planNames, texts } from "./texts";

interface Props {
  readonly limits: UsageLimits;
  readonly subscription: Subscription;
  readonly zone: string;
}

export function Standing({ limits, subscription, zone }: Props) {
  const t = useTexts(texts);
  const names = useTexts(planNames);
  if (isTrialOver(limits, new Date())) return null;
  return (
    <section className="card plans-standing" aria-label={t.title}>
      <div>
        <p className="plans-name">{names[limits.tier]}</p>
        <p className="hint">
          <Until subscription={subscription} zone={zone} />
        </p>
      </div>
      <Quota
        name={t.today}
        left={limits.daily_analyses_remaining}
        limit={limits.daily_analyses_limit}
        resetAt={limits.daily_reset_at}
        zone={zone}
      />
      <Quota
        name={t.month}
        left={limits.monthly_analyses_remaining}
        limit={limits.monthly_analyses_limit}
        resetAt={limits.monthly_reset_at}
        zone={zone}
      />
      {limits.bonus_units > 0 && <p className="plans-bonus">{count(limits.bonus_units, t.bonus)}</p>}
    </section>
  );
}

function Until({ subscription, zone }: { subscription: Subscription; zone: string }) {
  const t = useTexts(texts);
  const { current_period_end, trial_ends_at, cancel_at_period_end, tier } = subscription;
  if (isPaid(subscription, new Date()) && current_period_end) {
    const text = cancel_at_period_end ? t.cancelledUntil : t.paidUntil;
    return fill(text, { end: date(current_period_end, zone) });
  }
  if (tier === "TRIAL" && trial_ends_at) return fill(t.trialUntil, { end: moment(trial_ends_at, zone) });
  return t.free;
}

interface QuotaProps {
  readonly name: string;
  readonly left: number | null | undefined;
  readonly limit: number | null | undefined;
  readonly resetAt: string;
  readonly zone: string;
}

function Quota({ name, left, limit, resetAt, zone }: QuotaProps) {
  const t = useTexts(texts);
  const isUnlimited = left === null || left === undefined || !limit;
  if (isUnlimited) return <QuotaLine name={name} text={t.unlimited} />;
  const text = fill(t.left, { left, limit });
  return (
    <div className="plans-quota">
      <QuotaLine name={name} text={text} />
      <Bar label={name} value={left} max={limit} text={text} />
      {left < limit && (
        <p className="hint small">
          {fill(t.resets, { when: moment(resetAt, zone), remaining: remaining(resetAt) })}
        </p>
      )}
    </div>
  );
}

function QuotaLine({ name, text }: { name: string; text: string }) {
  return (
    <p className="plans-quota-line">
      <span>{name}</span>
      <span className="hint">{text}</span>
    </p>
  );
}
