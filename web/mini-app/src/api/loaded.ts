/**
 * What a screen shows of the API: at once what is known, then what is true now. All readers of a key share one
 * load, because a person may send 30 requests in a minute.
 */
import { useCallback, useEffect, useRef, useState } from "react";
import { onReturn } from "../telegram";
import { offline, Refusal } from "./refusal";

export interface Loaded<T> {
  /** What is known; also while it is loaded again, and when that failed. */
  readonly data: T | undefined;
  readonly problem: Refusal | undefined;
  readonly reload: () => Promise<void>;
  /** Shows what an act has changed. */
  readonly put: (data: T) => void;
}

type Load = (signal: AbortSignal) => Promise<unknown>;

interface Entry {
  data?: unknown;
  problem?: Refusal | undefined;
  /** When it was loaded, in milliseconds of `Date`; 0: it may be out of date. */
  at: number;
  /** When it was asked for last. */
  asked: number;
  loading?: AbortController | undefined;
  /** How each reader is drawn again, and how it loads. */
  readonly readers: Map<() => void, Load>;
}

/** What is younger is not loaded again for another reader, in milliseconds. */
const FRESH = 10_000;
const entries = new Map<string, Entry>();

/** Forgets what is known of keys that begin so; all of it without one. */
export function forgetKnown(prefix = ""): void {
  for (const [key, entry] of [...entries]) {
    if (!key.startsWith(prefix)) continue;
    if (entry.readers.size === 0) entries.delete(key);
    else void refresh(change(entry, undefined));
  }
}

/** After an act of the person: what is shown next is asked for anew. */
export function outdate(): void {
  for (const entry of entries.values()) entry.at = 0;
}

/** What another screen has learned. */
export function learn(key: string, data: unknown): void {
  change(entryOf(key), data).at = Date.now();
}

export const whatIsKnown = <T>(key: string): T | undefined => entries.get(key)?.data as T | undefined;

/** `key` names what is loaded; `undefined`: nothing yet. */
export function useLoaded<T>(key: string | undefined, load: (signal: AbortSignal) => Promise<T>): Loaded<T> {
  const [, redraw] = useState(0);
  const latest = useRef(load);
  latest.current = load;
  useEffect(() => {
    if (key === undefined) return;
    return read(
      entryOf(key),
      () => redraw((count) => count + 1),
      (signal) => latest.current(signal),
    );
  }, [key]);
  const put = useCallback((data: T) => void (key !== undefined && change(entryOf(key), data)), [key]);
  const reload = useCallback(async () => {
    if (key !== undefined) await refresh(entryOf(key));
  }, [key]);
  const entry = key === undefined ? undefined : entries.get(key);
  return { data: entry?.data as T | undefined, problem: entry?.problem, reload, put };
}

function entryOf(key: string): Entry {
  const entry = entries.get(key) ?? { at: 0, asked: 0, readers: new Map() };
  entries.set(key, entry);
  return entry;
}

function change(entry: Entry, data: unknown): Entry {
  // What is being loaded was true before.
  entry.loading?.abort();
  entry.loading = undefined;
  entry.data = data;
  entry.problem = undefined;
  draw(entry);
  return entry;
}

function draw(entry: Entry): void {
  for (const redraw of [...entry.readers.keys()]) redraw();
}

/** Keeps an entry current while it is read. */
function read(entry: Entry, redraw: () => void, load: Load): () => void {
  entry.readers.set(redraw, load);
  const isCurrent = entry.data !== undefined && Date.now() - entry.at < FRESH;
  const isFirst = entry.readers.size === 1;
  // Another reader keeps it current, or is about to show it.
  if (isFirst ? !isCurrent : entry.data === undefined && !entry.loading) void refresh(entry);
  // Telegram and the web view both report a return.
  const isDue = () => entry.readers.keys().next().value === redraw && Date.now() - entry.asked > 1_000;
  const again = () => void (isDue() && refresh(entry));
  window.addEventListener("online", again);
  const left = onReturn(again);
  return () => {
    window.removeEventListener("online", again);
    left();
    entry.readers.delete(redraw);
    if (entry.readers.size > 0) return;
    entry.loading?.abort();
    entry.loading = undefined;
    entry.problem = undefined;
  };
}

async function refresh(entry: Entry): Promise<void> {
  const load = [...entry.readers.values()].at(-1);
  if (!load) return;
  entry.loading?.abort();
  const stop = new AbortController();
  entry.loading = stop;
  entry.asked = Date.now();
  try {
    const data = await load(stop.signal);
    if (stop.signal.aborted) return;
    entry.data = data;
    entry.problem = undefined;
    entry.at = Date.now();
  } catch (why) {
    if (stop.signal.aborted) return;
    entry.problem = why instanceof Refusal ? why : offline();
  }
  entry.loading = undefined;
  draw(entry);
}
