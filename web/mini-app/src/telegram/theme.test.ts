import { expect, test } from "vitest";
import { isDark } from "./theme";

test("a theme is dark or light as its background is", () => {
  expect(isDark("#ffffff")).toBe(false);
  expect(isDark("#17212b")).toBe(true);
  expect(isDark("#000000")).toBe(true);
  expect(isDark("#efeff4")).toBe(false);
});
