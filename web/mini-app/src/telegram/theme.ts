/** The colours of the person's Telegram as CSS properties, live. */
import { on, post } from "./bridge";
import { legible } from "./contrast";

/** Names that are colours of Telegram's theme, as `--tg-button-color` for `button_color`. */
export function apply(theme: Readonly<Record<string, unknown>>): void {
  const root = document.documentElement;
  for (const [name, colour] of Object.entries(theme)) {
    if (isColour(colour)) root.style.setProperty(`--tg-${name.replaceAll("_", "-")}`, colour);
  }
  const { bg_color: background, button_color: button, button_text_color: onButton } = theme;
  if (isColour(button) && isColour(onButton)) root.style.setProperty("--accent", legible(button, onButton));
  if (typeof background === "string") {
    const scheme = isDark(background) ? "dark" : "light";
    root.dataset.scheme = scheme;
    root.style.colorScheme = scheme;
  }
}

const isColour = (value: unknown): value is string =>
  typeof value === "string" && /^#[0-9a-f]{6}$/i.test(value);

/** By the lightness that people see (HSP), as Telegram decides it. */
export function isDark(colour: string): boolean {
  const [red = 255, green = 255, blue = 255] = [1, 3, 5].map((at) =>
    Number.parseInt(colour.slice(at, at + 2), 16),
  );
  return Math.sqrt(0.299 * red ** 2 + 0.587 * green ** 2 + 0.114 * blue ** 2) < 120;
}

/** The insets that Telegram's and the phone's own bars take, in pixels. */
function inset(kind: string, sides: Readonly<Record<string, unknown>>): void {
  for (const side of ["top", "bottom", "left", "right"]) {
    const pixels = Number(sides[side]);
    if (pixels >= 0) document.documentElement.style.setProperty(`--${kind}-${side}`, `${pixels}px`);
  }
}

export function follow(): void {
  on("theme_changed", ({ theme_params }) => {
    apply((theme_params ?? {}) as Record<string, unknown>);
    background();
  });
  on("safe_area_changed", (sides) => inset("safe", sides));
  on("content_safe_area_changed", (sides) => inset("content-safe", sides));
  for (const asked of ["theme", "viewport", "safe_area", "content_safe_area"])
    post(`web_app_request_${asked}`);
  // The bars around the page have the page's colours.
  post("web_app_set_header_color", { color_key: "secondary_bg_color" });
  background();
}

function background(): void {
  post("web_app_set_background_color", { color: colour("secondary_bg_color", "#f4f1ee") });
}

/** A colour of the theme as it is now, or another one where the theme has none. */
export function colour(name: string, otherwise: string): string {
  const property = `--tg-${name.replaceAll("_", "-")}`;
  return document.documentElement.style.getPropertyValue(property) || otherwise;
}
