/** The language of the app: what the person chose, else that of their Telegram. */
import { useEffect, useState } from "react";
import { launch } from "../telegram";

export type Language = "en" | "ru" | "zh";
export const LANGUAGES: readonly Language[] = ["en", "ru", "zh"];

const listeners = new Set<() => void>();
let current = known(launch.language || navigator.language);
document.documentElement.lang = current;

/** The nearest language that there are texts in. Of Russian's neighbours as the bot does it. */
export function known(tag: string): Language {
  const base = tag.toLowerCase().split(/[-_]/)[0] ?? "";
  if (base === "zh") return "zh";
  return ["ru", "be", "uk", "kk", "ky", "uz", "tg"].includes(base) ? "ru" : "en";
}

export const language = (): Language => current;

export function setLanguage(next: Language): void {
  if (next === current) return;
  current = next;
  document.documentElement.lang = next;
  for (const listener of listeners) listener();
}

export function useLanguage(): Language {
  const [, redraw] = useState(0);
  useEffect(() => {
    const listener = () => redraw((count) => count + 1);
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }, []);
  return current;
}
