import { expect, test } from "vitest";
import { setLanguage } from "../../texts/language";
import { cityOf, matching, nameOf, nearZones, timeIn, zoneNames } from "./zones";

const zones = ["Africa/Porto-Novo", "America/Argentina/Buenos_Aires", "Europe/Moscow", "America/New_York"];
const unnamed = () => "";

test("a zone is known by its city", () => {
  expect(cityOf("America/Argentina/San_Juan")).toBe("San Juan");
  expect(cityOf("UTC")).toBe("UTC");
  setLanguage("ru");
  expect(cityOf("Europe/Moscow")).toBe("Москва");
  setLanguage("en");
});

test("zones are found by parts of their names, those that begin so first", () => {
  expect(matching("", zones, unnamed)).toEqual(zones);
  expect(matching("new york", zones, unnamed)).toEqual(["America/New_York"]);
  expect(matching("BUENOS", zones, unnamed)).toEqual(["America/Argentina/Buenos_Aires"]);
  expect(matching("mo", ["Europe/San_Marino_Mo", "Europe/Moscow"], unnamed)[0]).toBe("Europe/Moscow");
  expect(matching("atlantis", zones, unnamed)).toEqual([]);
});

test("zones are found by their names in the person's language", () => {
  setLanguage("ru");
  expect(matching("екат", ["Asia/Yekaterinburg"], unnamed)).toEqual(["Asia/Yekaterinburg"]);
  expect(matching("москва", zones, nameOf)).toEqual(["Europe/Moscow"]);
  expect(matching("São", ["America/Sao_Paulo"], unnamed)).toEqual(["America/Sao_Paulo"]);
  setLanguage("en");
});

test("without a word the usual zones with nearly the same clock come first", () => {
  const near = nearZones("Asia/Tokyo");
  expect(new Set(near.slice(0, 3))).toEqual(new Set(["Asia/Yakutsk", "Asia/Tokyo", "Asia/Seoul"]));
  expect(nearZones("America/Los_Angeles")[0]).toBe("America/Los_Angeles");
});

test("each zone of the device tells the time", () => {
  const now = new Date("2026-11-30T12:00:00Z");
  setLanguage("ru");
  expect(timeIn("Europe/Moscow", now)).toBe("15:00");
  setLanguage("en");
  for (const zone of zoneNames().slice(0, 40)) expect(timeIn(zone, now)).toMatch(/\d+:\d\d/);
});
