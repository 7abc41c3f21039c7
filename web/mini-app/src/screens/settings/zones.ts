/** The time zones of the device's tz database, by the names that people know. */
import { language } from "../../texts/language";
import { USUAL, usualCity } from "./usual-zones";

/** Those of the device; the usual ones where it lists none (before Chrome 99 and Safari 15.4). */
export function zoneNames(): readonly string[] {
  try {
    return Intl.supportedValuesOf("timeZone");
  } catch {
    return USUAL;
  }
}

/** The zone of the device itself. */
export const deviceZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";

/** The city in the person's language, or `San Juan` of `America/Argentina/San_Juan`. */
export const cityOf = (zone: string): string =>
  usualCity(zone, language()) ?? (zone.split("/").at(-1) ?? zone).replaceAll("_", " ");

const nameIn = (zone: string, timeZoneName: Intl.DateTimeFormatOptions["timeZoneName"]): string => {
  try {
    const format = new Intl.DateTimeFormat(language(), {
      timeZone: zone,
      ...(timeZoneName && { timeZoneName }),
    });
    return format.formatToParts().find(({ type }) => type === "timeZoneName")?.value ?? "";
  } catch {
    return "";
  }
};

/** `GMT+3`; empty where the device cannot say it. */
export const offsetOf = (zone: string): string => nameIn(zone, "shortOffset");

/** What the zone is called in the person's language. */
export const nameOf = (zone: string): string => nameIn(zone, "longGeneric") || nameIn(zone, "long");

/** Its country, or its city, in the person's language. */
export const placeOf = (zone: string): string => nameIn(zone, "shortGeneric");

/** The time of day there. */
export function timeIn(zone: string, now = new Date()): string {
  return new Intl.DateTimeFormat(language(), {
    timeStyle: "short",
    timeZone: zone,
  }).format(now);
}

/** Minutes after UTC; 0 where the device cannot say it. */
function minutesOf(zone: string): number {
  const [, sign, hours, minutes] = offsetOf(zone).match(/([+\u2212-])(\d+)(?::(\d+))?/) ?? [];
  return (sign === "+" ? 1 : -1) * (Number(hours ?? 0) * 60 + Number(minutes ?? 0));
}

/** The usual zones, those whose clocks are nearest to that of `zone` first. */
export function nearZones(zone: string): readonly string[] {
  const here = minutesOf(zone);
  const distances = new Map(USUAL.map((one) => [one, Math.abs(minutesOf(one) - here)]));
  return [...USUAL].sort((a, b) => (distances.get(a) ?? 0) - (distances.get(b) ?? 0));
}

const plain = (text: string): string =>
  text
    .toLowerCase()
    .normalize("NFKD")
    .replaceAll(/\p{Diacritic}/gu, "")
    .replaceAll(/[_/]/g, " ");

/**
 * Zones whose names have all words of `query`; those whose city begins so come first. `named`: more names of a
 * zone, as far as they are known yet.
 */
export function matching(
  query: string,
  zones: readonly string[],
  named: (zone: string) => string,
): readonly string[] {
  const words = plain(query).split(" ").filter(Boolean);
  if (words.length === 0) return zones;
  const fits = (zone: string) => {
    const text = plain(`${zone} ${cityOf(zone)} ${named(zone)}`);
    return words.every((word) => text.includes(word));
  };
  const isFirst = (zone: string) => plain(cityOf(zone)).startsWith(words.join(" "));
  const found = zones.filter(fits);
  return [...found.filter(isFirst), ...found.filter((zone) => !isFirst(zone))];
}
