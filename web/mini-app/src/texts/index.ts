/**
 * Texts of the app. Each screen keeps its own beside it, in three languages: `const texts = inThree({en, ru, zh})`.
 * A text that one language lacks does not compile.
 */
import { type Language, language, useLanguage } from "./language";

type Texts<T> = { readonly [K in keyof T]: T[K] extends string ? string : T[K] extends Forms ? Forms : T[K] };
export type InThree<T> = Readonly<Record<Language, Texts<T>>>;

export function inThree<T>(texts: { en: T; ru: Texts<NoInfer<T>>; zh: Texts<NoInfer<T>> }): InThree<T> {
  return texts as InThree<T>;
}

export function useTexts<T>(texts: InThree<T>): Texts<T> {
  return texts[useLanguage()];
}

/** The forms of a Russian or English noun after a number; Chinese has one. */
export interface Forms {
  readonly one?: string;
  readonly few?: string;
  readonly many?: string;
  readonly other: string;
}

/** `3 readings`: the number and the form that goes with it. */
export function count(number: number, forms: Forms): string {
  const rule = new Intl.PluralRules(language()).select(number);
  const form = (rule === "one" || rule === "few" || rule === "many" ? forms[rule] : undefined) ?? forms.other;
  return form.replace("#", new Intl.NumberFormat(language()).format(number));
}

/** A day as people say it: with the year only if it is another one. */
export function day(time: string | Date): string {
  const date = new Date(time);
  const year = date.getFullYear() === new Date().getFullYear() ? {} : ({ year: "numeric" } as const);
  return date.toLocaleDateString(language(), { day: "numeric", month: "long", ...year });
}

export function hour(time: string | Date): string {
  return new Date(time).toLocaleTimeString(language(), { hour: "2-digit", minute: "2-digit" });
}

/** A text with its gaps filled: `{name}` by the value of that name. */
export function fill(text: string, values: Readonly<Record<string, string | number>>): string {
  return text.replaceAll(/\{(\w+)\}/g, (gap, name: string) => String(values[name] ?? gap));
}
