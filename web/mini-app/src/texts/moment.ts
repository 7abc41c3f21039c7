/** Moments that are to come, in the person's time zone. */
import { language } from "./language";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** `tomorrow, 00:00`; of other days the date. */
export function moment(time: string, zone: string, now = new Date()): string {
  const date = new Date(time);
  const hour = new Intl.DateTimeFormat(language(), {
    timeStyle: "short",
    timeZone: zone,
  }).format(date);
  const days = dayNumber(date, zone) - dayNumber(now, zone);
  if (days === 0 || days === 1) {
    const near = new Intl.RelativeTimeFormat(language(), { numeric: "auto" }).format(days, "day");
    return `${near}, ${hour}`;
  }
  return `${dayIn(date, zone)}, ${hour}`;
}

/** A day as people write it, with its year. */
export function date(time: string, zone: string): string {
  const options = { day: "numeric", month: "long", year: "numeric", timeZone: zone } as const;
  return new Intl.DateTimeFormat(language(), options).format(new Date(time));
}

/** `in 5 hours`: rounded up, so that it is never too early. */
export function remaining(time: string, now = new Date()): string {
  const left = Math.max(new Date(time).getTime() - now.getTime(), MINUTE);
  const format = new Intl.RelativeTimeFormat(language(), { numeric: "always" });
  if (left <= 59 * MINUTE) return format.format(Math.ceil(left / MINUTE), "minute");
  if (left <= 36 * HOUR) return format.format(Math.ceil(left / HOUR), "hour");
  return format.format(Math.ceil(left / DAY), "day");
}

function dayIn(date: Date, zone: string): string {
  return new Intl.DateTimeFormat(language(), { day: "numeric", month: "long", timeZone: zone }).format(date);
}

/** Days since 1970 by the calendar of a zone. */
function dayNumber(date: Date, zone: string): number {
  const parts = new Intl.DateTimeFormat("en-US", {
    year: "numeric",
    month: "numeric",
    day: "numeric",
    timeZone: zone,
  }).formatToParts(date);
  const part = (type: string) => Number(parts.find((one) => one.type === type)?.value);
  return Date.UTC(part("year"), part("month") - 1, part("day")) / DAY;
}
