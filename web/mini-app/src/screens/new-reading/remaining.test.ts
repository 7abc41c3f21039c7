import { expect, test } from "vitest";
import type { UsageLimits } from "../../person";
import { remaining, remainingOf } from "./remaining";

const now = new Date("2026-11-30T10:00:00Z").getTime();
const limits = (part: Partial<UsageLimits>): UsageLimits => ({
  tier: "FREE",
  meters: [],
  daily_analyses_used: 0,
  daily_analyses_limit: 3,
  daily_analyses_remaining: 3,
  monthly_analyses_used: 0,
  monthly_analyses_limit: 30,
  monthly_analyses_remaining: 30,
  daily_reset_at: "2026-12-01T00:00:00Z",
  monthly_reset_at: "2026-12-01T00:00:00Z",
  trial_ends_at: null,
  bonus_units: 0,
  ...part,
});

test("the nearer limit is named", () => {
  expect(remaining(limits({}), now)).toEqual({ kind: "today", count: 3 });
  expect(remaining(limits({ monthly_analyses_remaining: 2 }), now)).toEqual({ kind: "month", count: 2 });
});

test("bonus units come after the plan", () => {
  expect(remaining(limits({ bonus_units: 4 }), now)).toEqual({ kind: "today", count: 3 });
  expect(remaining(limits({ daily_analyses_remaining: 0, bonus_units: 4 }), now)).toEqual({
    kind: "bonus",
    count: 4,
  });
});

test("used up, it says until when; of two limits the longer one", () => {
  const day = limits({ daily_analyses_remaining: 0 });
  expect(remaining(day, now)).toEqual({ kind: "overToday", freeAt: "2026-12-01T00:00:00Z" });
  const both = { ...day, monthly_analyses_remaining: 0, monthly_reset_at: "2026-12-20T00:00:00Z" };
  expect(remaining(both, now)).toEqual({ kind: "overMonth", freeAt: "2026-12-20T00:00:00Z" });
});

test("a plan without limits, and a day that has changed, say nothing", () => {
  const none = limits({ daily_analyses_remaining: null, monthly_analyses_remaining: null });
  expect(remaining(none, now)).toEqual({ kind: "unlimited" });
  const yesterday = limits({ daily_analyses_remaining: 0, daily_reset_at: "2026-11-30T00:00:00Z" });
  expect(remaining(yesterday, now)).toEqual({ kind: "unlimited" });
});

test("the API's refusals", () => {
  expect(remainingOf("E301", "2026-12-01T00:00:00Z")).toEqual({
    kind: "overToday",
    freeAt: "2026-12-01T00:00:00Z",
  });
  expect(remainingOf("E303", undefined)).toEqual({ kind: "overTrial", freeAt: "" });
  expect(remainingOf("E101", "")).toBeUndefined();
});
