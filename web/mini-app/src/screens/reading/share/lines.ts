/** How text stands on a card: where its lines break, and how large it can be. */

/** The width of a text in the font that it is drawn with, in pixels. */
export type Measure = (text: string) => number;

/** What no line begins with, and what none ends with (CLREQ, section 3.1.8; kinsoku). */
const NOT_FIRST = /^[，。、；：？！…—～·）》」』】〕〉”’%‰℃,.;:?!)\]}»]/u;
const NOT_LAST = /[（《「『【〔〈“‘([{«]$/u;
const IDEOGRAPH =
  /[\u2E80-\u2FFF\u3000-\u30FF\u3400-\u9FFF\uF900-\uFAFF\uFF00-\uFFEF]|[\u{20000}-\u{3FFFF}]/u;
/** Russian words of a letter or two, and English ones of one, that do not stay alone at the end of a line. */
const SHORT = /^(?:\p{Script=Cyrillic}{1,2}|\p{L})$/u;

/** The lines of a paragraph, none wider than `width`; of its text nothing is lost but spaces at the breaks. */
export function lines(paragraph: string, width: number, measure: Measure): string[] {
  const all: string[] = [];
  let line = "";
  for (const piece of pieces(paragraph)) {
    if (measure((line + piece).trimEnd()) <= width) {
      line += piece;
      continue;
    }
    if (line) all.push(line.trimEnd());
    const parts = measure(piece.trimEnd()) <= width ? [piece] : split(piece, width, measure);
    all.push(...parts.slice(0, -1));
    line = parts.at(-1) ?? "";
  }
  if (line.trim()) all.push(line.trimEnd());
  return all;
}

/** What stays together on a line: a word with the space after it; of Chinese a character with its marks. */
export function pieces(paragraph: string): string[] {
  const all: string[] = [];
  for (const word of paragraph.trim().match(/\S+\s*/gu) ?? []) {
    for (const part of IDEOGRAPH.test(word)
      ? characters(word)
      : [`${word.trimEnd()}${/\s$/u.test(word) ? " " : ""}`]) {
      const last = all.at(-1);
      const isBound =
        last !== undefined &&
        (isDash(part) ||
          NOT_LAST.test(last) ||
          (!last.endsWith(" ") && NOT_FIRST.test(part)) ||
          isShort(last));
      if (isBound) all[all.length - 1] = last + part;
      else all.push(part);
    }
  }
  return all;
}

/** A Russian dash stays with the word before it. */
const isDash = (part: string) => /^[—–]\s?$/u.test(part);

/** A preposition or conjunction goes with the word after it; several of them do not pile up. */
const isShort = (piece: string) => piece.endsWith(" ") && SHORT.test(piece.trimEnd());

/** As people see them: a letter with its accents, a flag, a family are one. */
export function characters(text: string): string[] {
  const all: string[] = [];
  for (const one of graphemes(text)) {
    const last = all.at(-1);
    const isLatin = last !== undefined && !IDEOGRAPH.test(one) && !IDEOGRAPH.test(last) && one.trim() !== "";
    if (last !== undefined && (isLatin || one.trim() === "") && !last.endsWith(" "))
      all[all.length - 1] = last + one;
    else all.push(one);
  }
  return all;
}

function graphemes(text: string): string[] {
  if (typeof Intl.Segmenter !== "function") return [...text];
  return [...new Intl.Segmenter(undefined, { granularity: "grapheme" }).segment(text)].map(
    ({ segment }) => segment,
  );
}

/** A word that is wider than a line. */
function split(piece: string, width: number, measure: Measure): string[] {
  const parts: string[] = [];
  let part = "";
  for (const one of graphemes(piece)) {
    if (part && measure((part + one).trimEnd()) > width) {
      parts.push(part);
      part = one;
    } else part += one;
  }
  return [...parts, part];
}

export interface Box {
  readonly width: number;
  readonly height: number;
}

export interface Setting {
  /** Of the letters, in pixels. */
  readonly size: number;
  readonly lineHeight: number;
  readonly paragraphs: readonly (readonly string[])[];
  readonly height: number;
}

const LEADING = 1.5;
/** The space between paragraphs, in lines. */
const GAP = 0.5;

/**
 * The text as large as fits into the box, between `sizes` (largest first); if it does not fit at the last
 * one, as many of its sentences as do.
 */
export function fit(
  text: string,
  box: Box,
  sizes: readonly number[],
  measureAt: (size: number) => Measure,
): Setting {
  for (const size of sizes) {
    const setting = set(text, box, size, measureAt(size));
    if (setting.height <= box.height) return setting;
  }
  const size = sizes.at(-1) ?? 0;
  for (let shorter = text; ; ) {
    const next = withoutLastSentence(shorter);
    const setting = set(next ? `${next} …` : clip(shorter), box, size, measureAt(size));
    if (setting.height <= box.height || shorter.length < 2) return setting;
    shorter = next || clip(shorter);
  }
}

function set(text: string, box: Box, size: number, measure: Measure): Setting {
  const lineHeight = Math.round(size * LEADING);
  const paragraphs = text
    .split(/\n+/)
    .map((paragraph) => lines(paragraph, box.width, measure))
    .filter((paragraph) => paragraph.length > 0);
  const count = paragraphs.reduce((sum, paragraph) => sum + paragraph.length, 0);
  const height = Math.round((count + GAP * Math.max(0, paragraphs.length - 1)) * lineHeight);
  return { size, lineHeight, paragraphs, height };
}

export const gapOf = ({ lineHeight }: Setting): number => lineHeight * GAP;

/** Empty if it is one sentence. */
function withoutLastSentence(text: string): string {
  return (
    text
      .replace(/ …$/u, "")
      .match(/^([\s\S]*[.!?。！？][”"»」』]?)\s*\S[\s\S]*$/u)?.[1]
      ?.trimEnd() ?? ""
  );
}

/** A sentence that does not fit: without its last fifth. */
function clip(sentence: string): string {
  const all = graphemes(sentence.replace(/…$/u, ""));
  return `${all
    .slice(0, Math.floor(all.length * 0.8))
    .join("")
    .trimEnd()}…`;
}
