import { afterEach, expect, test } from "vitest";
import { setLanguage } from "./language";
import { minorUnits, price } from "./money";

/** `Intl` writes spaces that do not break. */
const plain = (text: string) => text.replaceAll(/[\u00a0\u202f]/g, " ");

afterEach(() => setLanguage("en"));

test("Stars are whole", () => {
  setLanguage("en");
  expect(price(150, "XTR")).toBe("⭐ 150");
  expect(price(12_500, "XTR")).toBe("⭐ 12,500");
  setLanguage("ru");
  expect(plain(price(12_500, "XTR"))).toBe("⭐ 12 500");
});

test("money is written as in the language of the person, without empty kopecks", () => {
  setLanguage("ru");
  expect(plain(price(29_900, "RUB"))).toBe("299 ₽");
  expect(plain(price(29_950, "RUB"))).toBe("299,50 ₽");
  setLanguage("en");
  expect(plain(price(29_900, "RUB"))).toBe("RUB 299");
  expect(price(199, "USD")).toBe("$1.99");
});

test("a currency without minor units", () => {
  setLanguage("en");
  expect(price(500, "JPY")).toBe("¥500");
});

test("decimals become minor units", () => {
  expect(minorUnits("299.00")).toBe(29_900);
  expect(minorUnits("1199.99")).toBe(119_999);
  expect(minorUnits("0.29")).toBe(29);
});
