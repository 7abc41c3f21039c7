/** The list of readings, kept in memory: it stands at once when the person comes back to it. */
import { useCallback, useEffect, useReducer, useRef, useState } from "react";
import { api } from "../../api/call";
import type { Analysis } from "../../api/live";
import { learn, whatIsKnown } from "../../api/loaded";
import { offline, Refusal } from "../../api/refusal";
import { onReturn } from "../../telegram";
import { keyOf } from "../reading/use-reading";
import { type Entry, merge } from "./rules";

export interface Filter {
  readonly focus: Analysis["focus_area"] | "";
  readonly words: string;
}

interface List {
  readonly entries: readonly Entry[];
  /** Of the next page; `null`: there is none. */
  readonly next: string | null;
}

const PAGE = 20;
const lists = new Map<string, List>();
const nameOf = ({ focus, words }: Filter) => `${focus} ${words}`;

/** A reading that was deleted. */
export function forgetReading(id: string): void {
  for (const [name, list] of lists) {
    lists.set(name, { ...list, entries: list.entries.filter(({ analysis }) => analysis.id !== id) });
  }
}

async function fetchPage(filter: Filter, cursor: string, signal?: AbortSignal): Promise<List> {
  const query = {
    limit: PAGE,
    thumbnails: true,
    ...(cursor && { cursor }),
    ...(filter.focus && { focus_area: filter.focus }),
    ...(filter.words && { q: filter.words }),
  };
  const { data, pagination } = await api("get", "/v1/analyses", { query, ...(signal && { signal }) });
  for (const analysis of data) learn(keyOf(analysis.id), analysis);
  return {
    entries: data.map((analysis) => ({ analysis, page: cursor })),
    next: pagination.next_cursor ?? null,
  };
}

export interface Readings {
  /** `undefined` until the first page is there. */
  readonly readings: readonly Analysis[] | undefined;
  readonly hasMore: boolean;
  readonly isBusy: boolean;
  readonly problem: Refusal | undefined;
  readonly more: () => void;
  readonly refresh: () => Promise<void>;
  /** Asks for new links to the thumbnails that came with this one. */
  readonly renew: (id: string) => void;
}

export function useReadings(filter: Filter): Readings {
  const name = nameOf(filter);
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  const [problem, setProblem] = useState<Refusal>();
  const [isBusy, setBusy] = useState(false);
  const busy = useRef<AbortController>(undefined);
  const renewed = useRef(new Set<string>());
  const current = useRef(filter);
  current.current = filter;

  /** One at a time; what is asked for a filter that is no longer wanted does not count. */
  const run = useCallback(async (cursor: string, take: (page: List, list: List | undefined) => List) => {
    busy.current?.abort();
    const stop = new AbortController();
    busy.current = stop;
    const asked = current.current;
    setBusy(true);
    try {
      const page = await fetchPage(asked, cursor, stop.signal);
      if (stop.signal.aborted) return;
      keep(nameOf(asked), take(page, lists.get(nameOf(asked))));
      setProblem(undefined);
    } catch (why) {
      if (!stop.signal.aborted) setProblem(why instanceof Refusal ? why : offline());
    }
    if (stop.signal.aborted) return;
    busy.current = undefined;
    setBusy(false);
    redraw(0);
  }, []);

  const refresh = useCallback(() => {
    return run("", (page, list) => {
      const merged = merge(list?.entries ?? [], page.entries, page.next !== null);
      const isLonger = merged !== undefined && merged.length > page.entries.length;
      return isLonger && list ? { entries: merged, next: list.next } : page;
    });
  }, [run]);

  useEffect(() => {
    renewed.current.clear();
    setProblem(undefined);
    void refresh();
    const left = onReturn(() => void refresh());
    const online = () => void refresh();
    window.addEventListener("online", online);
    return () => {
      busy.current?.abort();
      busy.current = undefined;
      left();
      window.removeEventListener("online", online);
    };
  }, [name, refresh]);

  const more = useCallback(() => {
    const list = lists.get(nameOf(current.current));
    if (busy.current || !list?.next) return;
    void run(list.next, (page, now) => ({
      entries: [...(now?.entries ?? []), ...page.entries],
      next: page.next,
    }));
  }, [run]);

  const renew = useCallback((id: string) => {
    const list = lists.get(nameOf(current.current));
    const page = list?.entries.find(({ analysis }) => analysis.id === id)?.page;
    if (page === undefined || renewed.current.has(page)) return;
    renewed.current.add(page);
    const asked = current.current;
    fetchPage(asked, page).then(
      (fresh) => {
        const links = new Map(fresh.entries.map((entry) => [entry.analysis.id, entry]));
        const now = lists.get(nameOf(asked));
        if (now)
          keep(nameOf(asked), {
            ...now,
            entries: now.entries.map((entry) => links.get(entry.analysis.id) ?? entry),
          });
        redraw(0);
      },
      () => renewed.current.delete(page),
    );
  }, []);

  const list = lists.get(name);
  return {
    readings: list?.entries.map(({ analysis }) => latest(analysis)),
    hasMore: list?.next != null,
    isBusy,
    problem,
    more,
    refresh,
    renew,
  };
}

/** Searches come and go; the list without one stays. */
function keep(name: string, list: List): void {
  for (const other of [...lists.keys()]) if (other !== name && other.trim() !== "") lists.delete(other);
  lists.set(name, list);
}

/** The reading itself may have been seen later than the list; its thumbnail the list alone has. */
function latest(analysis: Analysis): Analysis {
  const known = whatIsKnown<Analysis>(keyOf(analysis.id));
  return known ? { ...known, thumbnail: analysis.thumbnail ?? null } : analysis;
}
