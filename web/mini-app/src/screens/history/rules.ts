import type { Analysis } from "../../api/live";

export interface Month<T> {
  /** `2026-11` */
  readonly key: string;
  /** The moment of its newest reading. */
  readonly time: string;
  readonly items: readonly T[];
}

/** By the month that it is where the person is; the order stays. */
export function months<T extends Pick<Analysis, "created_at">>(items: readonly T[]): Month<T>[] {
  const all = new Map<string, T[]>();
  for (const item of items) {
    const date = new Date(item.created_at);
    const key = `${date.getFullYear()}-${String(date.getMonth() + 1).padStart(2, "0")}`;
    all.set(key, [...(all.get(key) ?? []), item]);
  }
  return [...all].map(([key, items]) => ({ key, time: items[0]?.created_at ?? "", items }));
}

/** How a reading begins: whole sentences as far as they go, else words, and never half a character. */
export function excerpt(text: string, charsMax = 140): string {
  const plain = text.replace(/\s+/g, " ").trim();
  const all = [...plain];
  if (all.length <= charsMax) return plain;
  const start = all.slice(0, charsMax).join("");
  const sentences = start.match(/^.*[.!?。！？](?=\s|[^\d\s.!?。！？])/u)?.[0];
  if (sentences && sentences.length >= start.length / 2) return sentences.trim();
  const more = all.slice(0, charsMax + 1).join("");
  const words = /\s/.test(more) ? more.replace(/\s+\S*$/u, "") : start;
  return `${words.replace(/[\s,;:，；：、—–-]+$/u, "")}…`;
}

export interface Entry {
  readonly analysis: Analysis;
  /** The cursor of the page that it came with. */
  readonly page: string;
}

/**
 * A list after its first page was asked for again: what is new stands first, what is no longer in its range
 * was deleted, and what is older stays. `undefined`: too much has changed, the list begins anew.
 */
export function merge(
  list: readonly Entry[],
  fresh: readonly Entry[],
  hasMore: boolean,
): readonly Entry[] | undefined {
  if (!hasMore) return fresh;
  const ids = new Set(fresh.map(({ analysis }) => analysis.id));
  const last = list.map(({ analysis }) => ids.has(analysis.id)).lastIndexOf(true);
  if (last < 0) return undefined;
  return [...fresh, ...list.slice(last + 1)];
}
