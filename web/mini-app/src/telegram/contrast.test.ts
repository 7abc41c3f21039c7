import { expect, test } from "vitest";
import { contrast, legible } from "./contrast";

test("contrast is what axe-core says it is", () => {
  expect(contrast("#ffffff", "#2481cc")).toBeCloseTo(4.12, 1);
  expect(contrast("#5288c1", "#ffffff")).toBeCloseTo(3.71, 1);
  expect(contrast("#000000", "#ffffff")).toBeCloseTo(21, 5);
});

test.each([
  ["#5288c1", "#ffffff"],
  ["#2481cc", "#ffffff"],
  ["#8774e1", "#ffffff"],
  ["#9a9a9a", "#000000"],
  ["#606060", "#000000"],
])("a button of %s can be read with text of %s", (colour, text) => {
  expect(contrast(legible(colour, text), text)).toBeGreaterThanOrEqual(4.5);
});

test("what can be read stays as it is", () => {
  expect(legible("#7a4b2a", "#ffffff")).toBe("#7a4b2a");
});
