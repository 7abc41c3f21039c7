import { expect, test } from "vitest";
import type { Subscription, UsageLimits } from "../../person";
import { beginning, cancellable, freeAt, isPaid, isTrialOver, type Plan, trialDays } from "./rules";

const now = new Date("2026-11-30T12:00:00Z");
const later = "2026-12-30T12:00:00Z";
const earlier = "2026-11-30T11:59:59Z";

const free: Subscription = {
  id: "",
  tier: "FREE",
  status: "active",
  trial_used: false,
  cancel_at_period_end: false,
};
const advanced: Subscription = { ...free, tier: "ADVANCED", current_period_end: later };

const limits: UsageLimits = {
  tier: "FREE",
  meters: [],
  daily_analyses_used: 1,
  daily_analyses_limit: 3,
  daily_analyses_remaining: 2,
  monthly_analyses_used: 1,
  monthly_analyses_limit: 30,
  monthly_analyses_remaining: 29,
  daily_reset_at: "2026-12-01T00:00:00Z",
  monthly_reset_at: "2026-12-05T00:00:00Z",
  bonus_units: 0,
};
const plans: Plan[] = [
  { tier: "FREE", trial_days: 0, limits: [], prices: [] },
  { tier: "TRIAL", trial_days: 7, limits: [], prices: [] },
];

test("the trial is offered once, and not beside a paid plan", () => {
  expect(trialDays(plans, free, now)).toBe(7);
  expect(trialDays(plans, { ...free, trial_used: true }, now)).toBe(0);
  expect(trialDays(plans, advanced, now)).toBe(0);
  expect(trialDays([{ tier: "TRIAL", trial_days: 0, limits: [], prices: [] }], free, now)).toBe(0);
  expect(trialDays([], free, now)).toBe(0);
});

test("a paid plan is paid until its end", () => {
  expect(isPaid(advanced, now)).toBe(true);
  expect(isPaid({ ...advanced, current_period_end: earlier }, now)).toBe(false);
  expect(isPaid(free, now)).toBe(false);
});

test("readings come again with the quota that is used up, the month's before the day's", () => {
  expect(freeAt(limits, now)).toBeUndefined();
  const day = { ...limits, daily_analyses_remaining: 0 };
  expect(freeAt(day, now)).toBe(limits.daily_reset_at);
  expect(freeAt({ ...day, monthly_analyses_remaining: 0 }, now)).toBe(limits.monthly_reset_at);
  expect(freeAt({ ...day, bonus_units: 1 }, now)).toBeUndefined();
  expect(freeAt({ ...limits, daily_analyses_remaining: null }, now)).toBeUndefined();
});

test("no time brings readings after a trial", () => {
  const over: UsageLimits = {
    ...limits,
    tier: "TRIAL",
    trial_ends_at: earlier,
    daily_analyses_remaining: 0,
  };
  expect(isTrialOver(over, now)).toBe(true);
  expect(freeAt(over, now)).toBeUndefined();
  expect(isTrialOver({ ...over, trial_ends_at: later }, now)).toBe(false);
});

test("a higher plan begins at once, the same one follows, a lower one comes after", () => {
  expect(beginning(free, "BASIC", now)).toBe("now");
  expect(beginning(advanced, "PREMIUM", now)).toBe("now");
  expect(beginning(advanced, "ADVANCED", now)).toBe("follows");
  expect(beginning(advanced, "BASIC", now)).toBe("after");
  expect(beginning({ ...advanced, current_period_end: earlier }, "BASIC", now)).toBe("now");
});

test("what can be cancelled", () => {
  expect(cancellable(free, limits, now)).toBeUndefined();
  expect(cancellable(advanced, limits, now)).toBe("paid");
  expect(cancellable({ ...advanced, cancel_at_period_end: true }, limits, now)).toBeUndefined();
  const trial: UsageLimits = { ...limits, tier: "TRIAL", trial_ends_at: later };
  expect(cancellable({ ...free, tier: "TRIAL", trial_ends_at: later }, trial, now)).toBe("trial");
  expect(cancellable({ ...free, tier: "TRIAL" }, { ...trial, trial_ends_at: earlier }, now)).toBeUndefined();
});
