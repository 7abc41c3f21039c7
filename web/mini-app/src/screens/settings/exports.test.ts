import { expect, test } from "vitest";
import { canAskForCopy, type Export, isHere } from "./exports";

const now = new Date("2026-11-30T12:00:00Z");
const fresh: Export = {
  id: "",
  status: "completed",
  created_at: "2026-11-30T08:00:00Z",
  expires_at: "2026-12-07T08:00:00Z",
};

test("a copy is here until it expires", () => {
  expect(isHere(fresh, now)).toBe(true);
  expect(isHere({ ...fresh, expires_at: "2026-11-30T12:00:00Z" }, now)).toBe(false);
  expect(isHere({ ...fresh, status: "failed" }, now)).toBe(false);
});

test("a copy can be asked for once a day, and again when it failed", () => {
  expect(canAskForCopy([], now)).toBe(true);
  expect(canAskForCopy([fresh], now)).toBe(false);
  expect(canAskForCopy([{ ...fresh, status: "processing", expires_at: null }], now)).toBe(false);
  expect(canAskForCopy([{ ...fresh, status: "failed", expires_at: null }], now)).toBe(true);
  expect(canAskForCopy([{ ...fresh, created_at: "2026-11-29T11:59:00Z" }], now)).toBe(true);
});
