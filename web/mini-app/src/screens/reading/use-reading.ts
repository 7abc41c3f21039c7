/** A reading: at once what is known of it, then as it is, and while it comes into being as it grows. */
import { useEffect, useState } from "react";
import { api } from "../../api/call";
import { type Analysis, hasEnded, type Partial, watch } from "../../api/live";
import { forgetKnown, useLoaded } from "../../api/loaded";
import type { Refusal } from "../../api/refusal";
import { onReturn } from "../../telegram";

export interface Live {
  readonly analysis: Analysis | undefined;
  readonly partial: Partial | undefined;
  readonly problem: Refusal | undefined;
  readonly reload: () => Promise<void>;
  readonly put: (analysis: Analysis) => void;
}

export const keyOf = (id: string) => `analysis:${id}`;

/** After it was deleted. */
export function forget(id: string): void {
  for (const key of [keyOf(id), `questions:${id}`, `photo:${id}`, `shares:${id}`]) forgetKnown(key);
}

export function useReading(id: string): Live {
  const { data, put, reload, ...loaded } = useLoaded<Analysis>(keyOf(id), (signal) =>
    api("get", "/v1/analyses/{id}", { path: { id }, signal }),
  );
  const [partial, setPartial] = useState<Partial>();
  const [problem, setProblem] = useState<Refusal>();
  const returns = useReturns();
  const isOpen = data ? !hasEnded(data) : loaded.problem?.isTransient === true;
  useEffect(() => {
    if (!isOpen) return;
    const stop = new AbortController();
    const watcher = { onAnalysis: put, onPartial: setPartial, onProblem: setProblem, signal: stop.signal };
    void watch(id, watcher);
    return () => stop.abort();
  }, [id, isOpen, put, returns]);
  return {
    analysis: data,
    partial,
    problem: isOpen ? problem : (loaded.problem ?? problem),
    reload,
    put,
  };
}

/** How often the app was brought back to the front. */
function useReturns(): number {
  const [count, set] = useState(0);
  useEffect(() => onReturn(() => set((before) => before + 1)), []);
  return count;
}
