/** What of the plans is offered to a person. The server decides the same again; this only spares them refusals. */
import type { Schemas } from "@symancy/client";
import type { Subscription, UsageLimits } from "../../person";

export type Tier = Schemas["SubscriptionTier"];
export type Plan = Schemas["Plan"];

const RANKS: readonly Tier[] = ["FREE", "TRIAL", "BASIC", "ADVANCED", "PREMIUM", "PRO", "ENTERPRISE"];
const rank = (tier: Tier) => RANKS.indexOf(tier);

const isPast = (time: string | null | undefined, now: Date) => !time || new Date(time) <= now;

/** Whether a plan that was bought is running. */
export function isPaid({ tier, current_period_end }: Subscription, now: Date): boolean {
  return rank(tier) >= rank("BASIC") && !isPast(current_period_end, now);
}

/** Whether the trial is over, and nothing has taken its place. */
export function isTrialOver({ tier, trial_ends_at }: UsageLimits, now: Date): boolean {
  return tier === "TRIAL" && isPast(trial_ends_at, now);
}

/** The days of the trial that a person can begin; 0: there is none for them. */
export function trialDays(plans: readonly Plan[], subscription: Subscription, now: Date): number {
  if (subscription.trial_used || isPaid(subscription, now)) return 0;
  return plans.find(({ tier }) => tier === "TRIAL")?.trial_days ?? 0;
}

/** When there are readings again; `undefined`: there are some now, or no time brings them. */
export function freeAt(limits: UsageLimits, now: Date): string | undefined {
  if (isTrialOver(limits, now) || limits.bonus_units > 0) return undefined;
  if (limits.monthly_analyses_remaining === 0) return limits.monthly_reset_at;
  if (limits.daily_analyses_remaining === 0) return limits.daily_reset_at;
  return undefined;
}

/** When a month that is bought now begins: at once, after the same plan, or after a higher one. */
export type Beginning = "now" | "follows" | "after";

export function beginning(subscription: Subscription, tier: Tier, now: Date): Beginning {
  if (!isPaid(subscription, now) || rank(tier) > rank(subscription.tier)) return "now";
  return tier === subscription.tier ? "follows" : "after";
}

/** What cancelling would end: a trial at once, a paid plan at the end of its time. */
export function cancellable(
  subscription: Subscription,
  limits: UsageLimits,
  now: Date,
): "trial" | "paid" | undefined {
  if (isPaid(subscription, now)) return subscription.cancel_at_period_end ? undefined : "paid";
  return subscription.tier === "TRIAL" && !isTrialOver(limits, now) ? "trial" : undefined;
}
