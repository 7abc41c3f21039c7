/** Amounts of money as the person's language writes them. */
import { language } from "./language";

/** `amount` in minor units of an ISO 4217 currency; of `XTR`, Telegram's Stars, in whole ones. */
export function price(amount: number, currency: string): string {
  if (currency === "XTR") return `⭐ ${new Intl.NumberFormat(language()).format(amount)}`;
  const format = (digits?: number) =>
    new Intl.NumberFormat(language(), {
      style: "currency",
      currency,
      ...(digits === undefined ? {} : { minimumFractionDigits: digits, maximumFractionDigits: digits }),
    });
  const digits = format().resolvedOptions().maximumFractionDigits ?? 2;
  const whole = amount / 10 ** digits;
  return format(Number.isInteger(whole) ? 0 : digits).format(whole);
}

/** Minor units of a decimal number (example: `299.00`); its currency has two of them. */
export const minorUnits = (decimal: string): number => Math.round(Number(decimal) * 100);
