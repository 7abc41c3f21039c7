/** Contrast of colours written as `#rrggbb` (WCAG 2.2). */

/** For text of normal size (1.4.3). */
const ENOUGH = 4.5;

type Rgb = readonly [number, number, number];

const parts = (colour: string): Rgb =>
  [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16)) as unknown as Rgb;

function luminance(colour: string): number {
  const [red, green, blue] = parts(colour).map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as unknown as Rgb;
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** From 1 (the same) to 21. */
export function contrast(one: string, other: string): number {
  const [low = 0, high = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

/** The colour nearest to `colour` on which `text` can be read: some of Telegram's own buttons are too pale. */
export function legible(colour: string, text: string): string {
  const towards = luminance(text) > luminance(colour) ? 0 : 255;
  for (let percent = 0; percent <= 100; percent += 2) {
    const mixed = parts(colour).map((part) => Math.round(part + ((towards - part) * percent) / 100));
    const candidate = `#${mixed.map((part) => part.toString(16).padStart(2, "0")).join("")}`;
    if (contrast(candidate, text) >= ENOUGH) return candidate;
  }
  return colour;
}
