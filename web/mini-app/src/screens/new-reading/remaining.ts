/** What is left of the plan, as far as the next reading is concerned. */
import type { UsageLimits } from "../../person";

export type Remaining =
  /** Nothing to say: no limit. */
  | { readonly kind: "unlimited" }
  | { readonly kind: "today" | "month" | "bonus"; readonly count: number }
  | { readonly kind: "overToday" | "overMonth" | "overTrial"; readonly freeAt: string };

export function remaining(limits: UsageLimits, now = Date.now()): Remaining {
  const today = limits.daily_analyses_remaining ?? Number.POSITIVE_INFINITY;
  const month = limits.monthly_analyses_remaining ?? Number.POSITIVE_INFINITY;
  const count = Math.min(today, month);
  if (count === Number.POSITIVE_INFINITY) return { kind: "unlimited" };
  if (count > 0) return { kind: month < today ? "month" : "today", count };
  if (limits.bonus_units > 0) return { kind: "bonus", count: limits.bonus_units };
  // Both used up: the later of the two is the one that counts.
  const over =
    month <= 0
      ? ({ kind: "overMonth", freeAt: limits.monthly_reset_at } as const)
      : ({ kind: "overToday", freeAt: limits.daily_reset_at } as const);
  // The day has changed since this was loaded.
  return new Date(over.freeAt).getTime() <= now ? { kind: "unlimited" } : over;
}

/** What a refusal of the API says of the same; `undefined` if it is about something else. */
export function remainingOf(code: string, freeAt: unknown): Remaining | undefined {
  const kinds = { E301: "overToday", E302: "overMonth", E303: "overTrial" } as const;
  const kind = kinds[code as keyof typeof kinds];
  return kind && { kind, freeAt: typeof freeAt === "string" ? freeAt : "" };
}
