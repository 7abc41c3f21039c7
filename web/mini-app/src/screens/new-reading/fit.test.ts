import { expect, test } from "vitest";
import { fit } from "./fit";

test("a photo is made to fit within 1600 pixels, in its shape", () => {
  expect(fit({ width: 4000, height: 3000 })).toEqual({ width: 1600, height: 1200 });
  expect(fit({ width: 3000, height: 4000 })).toEqual({ width: 1200, height: 1600 });
  expect(fit({ width: 1601, height: 1601 })).toEqual({ width: 1600, height: 1600 });
});

test("a small photo stays as large as it is", () => {
  expect(fit({ width: 1600, height: 900 })).toEqual({ width: 1600, height: 900 });
  expect(fit({ width: 320, height: 240 })).toEqual({ width: 320, height: 240 });
});

test("no side vanishes", () => {
  expect(fit({ width: 30_000, height: 3 })).toEqual({ width: 1600, height: 1 });
});
