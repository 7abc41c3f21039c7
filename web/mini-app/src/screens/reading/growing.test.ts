import { expect, test } from "vitest";
import { grow } from "./growing";

test("what is new is a piece of its own", () => {
  expect(grow([], "A bird")).toEqual(["A bird"]);
  expect(grow(["A bird"], "A bird near the rim")).toEqual(["A bird", " near the rim"]);
});

test("the same text again changes nothing", () => {
  const pieces = ["A bird", " near"];
  expect(grow(pieces, "A bird near")).toBe(pieces);
});

test("a text that starts over", () => {
  expect(grow(["A bird", " near"], "The key")).toEqual(["The key"]);
  expect(grow(["A bird"], "")).toEqual([""]);
});
