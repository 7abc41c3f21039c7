/** What a screen shows of the API: at once what is known, then what is true now. */
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

const known = new Map<string, unknown>();

/** Forgets what is known of keys that begin so; all of it without one. */
export function forgetKnown(prefix = ""): void {
  for (const key of [...known.keys()]) if (key.startsWith(prefix)) known.delete(key);
}

/** What another screen has learned. */
export const learn = (key: string, data: unknown): void => void known.set(key, data);

export const whatIsKnown = <T>(key: string): T | undefined => known.get(key) as T | undefined;

/** `key` names what is loaded; `undefined`: nothing yet. */
export function useLoaded<T>(key: string | undefined, load: (signal: AbortSignal) => Promise<T>): Loaded<T> {
  const [, redraw] = useState(0);
  const [problem, setProblem] = useState<Refusal>();
  const latest = useRef(load);
  latest.current = load;
  const put = useCallback(
    (data: T) => {
      if (key === undefined) return;
      known.set(key, data);
      redraw((count) => count + 1);
    },
    [key],
  );
  const begin = useCallback(
    async (signal: AbortSignal) => {
      try {
        const data = await latest.current(signal);
        if (signal.aborted) return;
        setProblem(undefined);
        put(data);
      } catch (why) {
        if (!signal.aborted) setProblem(why instanceof Refusal ? why : offline());
      }
    },
    [put],
  );
  useEffect(() => {
    if (key === undefined) return;
    const stop = new AbortController();
    const again = () => void begin(stop.signal);
    again();
    window.addEventListener("online", again);
    const left = onReturn(again);
    return () => {
      stop.abort();
      window.removeEventListener("online", again);
      left();
    };
  }, [key, begin]);
  const reload = useCallback(() => begin(new AbortController().signal), [begin]);
  return { data: key === undefined ? undefined : (known.get(key) as T | undefined), problem, reload, put };
}
