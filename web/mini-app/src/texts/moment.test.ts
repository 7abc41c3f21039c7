import { afterEach, expect, test } from "vitest";
import { setLanguage } from "./language";
import { date, moment, remaining } from "./moment";

const now = new Date("2026-11-30T19:30:00Z");

afterEach(() => setLanguage("en"));

test("a moment is named by the day of the person's zone, not of the device", () => {
  setLanguage("ru");
  // In Moscow it is 22:30 of the 30th; in Shanghai 03:30 of the 1st.
  expect(moment("2026-11-30T21:00:00Z", "Europe/Moscow", now)).toBe("завтра, 00:00");
  expect(moment("2026-11-30T21:00:00Z", "Asia/Shanghai", now)).toBe("сегодня, 05:00");
  expect(moment("2026-12-31T21:00:00Z", "Europe/Moscow", now)).toBe("1 января, 00:00");
});

test("how long it is until then", () => {
  setLanguage("en");
  expect(remaining("2026-11-30T19:30:10Z", now)).toBe("in 1 minute");
  expect(remaining("2026-11-30T19:42:00Z", now)).toBe("in 12 minutes");
  expect(remaining("2026-11-30T20:30:00Z", now)).toBe("in 1 hour");
  expect(remaining("2026-11-30T23:01:00Z", now)).toBe("in 4 hours");
  expect(remaining("2026-12-07T19:30:00Z", now)).toBe("in 7 days");
  setLanguage("ru");
  expect(remaining("2026-11-30T21:30:00Z", now)).toBe("через 2 часа");
  expect(remaining("2026-12-01T00:30:00Z", now)).toBe("через 5 часов");
  setLanguage("zh");
  expect(remaining("2026-11-30T21:30:00Z", now)).toBe("2小时后");
});

test("what has passed is not in the past", () => {
  setLanguage("en");
  expect(remaining("2026-11-30T19:00:00Z", now)).toBe("in 1 minute");
});

test("a date has its year", () => {
  setLanguage("ru");
  expect(date("2026-12-31T21:30:00Z", "Europe/Moscow")).toBe("1 января 2027 г.");
});
