import { expect, test } from "vitest";
import type { Analysis } from "../../api/live";
import { type Entry, excerpt, merge, months } from "./rules";

const at = (created_at: string) => ({ created_at });
const entries = (...ids: string[]): Entry[] => ids.map((id) => ({ analysis: { id } as Analysis, page: "" }));
const idsOf = (list: readonly Entry[] | undefined) => list?.map(({ analysis }) => analysis.id).join("");

test("readings are grouped by the month that it is here", () => {
  // The first and the last moment of a month, in the device's own time.
  const first = new Date(2026, 10, 1, 0, 0, 0).toISOString();
  const last = new Date(2026, 9, 31, 23, 59, 59).toISOString();
  const all = months([at(first), at(last), at(new Date(2025, 9, 31).toISOString())]);
  expect(all.map(({ key }) => key)).toEqual(["2026-11", "2026-10", "2025-10"]);
  expect(all[0]?.time).toBe(first);
});

test("an excerpt ends after a sentence when there is one far enough", () => {
  expect(excerpt("A bird at the rim. A road to the sea, and a hill behind it.", 30)).toBe(
    "A bird at the rim.",
  );
  expect(excerpt("杯底有一座桥。旁边是一颗星，指向远方的海。", 10)).toBe("杯底有一座桥。");
});

test("else after a word, without the mark behind it", () => {
  expect(excerpt("Yes. A road that leads to the sea, and a hill behind it", 38)).toBe(
    "Yes. A road that leads to the sea, and…",
  );
  expect(excerpt("A road that leads to the sea, and a hill", 30)).toBe("A road that leads to the sea…");
});

test("a short text stays whole, on one line", () => {
  expect(excerpt(" A bird.\n\nA road. ", 30)).toBe("A bird. A road.");
});

test("a character of two units is not torn", () => {
  expect(excerpt(`☕${"🐦".repeat(9)}`, 5)).toMatch(/^☕🐦+…$/u);
});

test("new readings come first and older ones stay", () => {
  expect(idsOf(merge(entries("c", "b", "a"), entries("d", "c"), true))).toBe("dcba");
});

test("one that was deleted on another device goes", () => {
  expect(idsOf(merge(entries("d", "c", "b", "a"), entries("d", "b"), true))).toBe("dba");
  expect(idsOf(merge(entries("c", "b", "a"), entries("b"), false))).toBe("b");
});

test("a list that has changed throughout begins anew", () => {
  expect(merge(entries("b", "a"), entries("z", "y"), true)).toBeUndefined();
});
