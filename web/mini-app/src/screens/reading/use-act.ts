/** An act of the person that the API carries out once, however often it is tried. */
import { useRef, useState } from "react";
import { newKey } from "../../api/call";
import { offline, Refusal } from "../../api/refusal";
import { haptic } from "../../telegram";

export interface Act {
  readonly isBusy: boolean;
  readonly problem: Refusal | undefined;
  /** `what` is all that the act depends on: the same again is the same act until it has succeeded. */
  readonly run: <T>(what: string, act: (key: string) => Promise<T>) => Promise<T | undefined>;
}

/** Keys of acts that may have been carried out, by place and act: leaving the screen makes no act a new one. */
const keys = new Map<string, string>();

/** `place` tells acts of different readings apart. */
export function useAct(place: string): Act {
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Refusal>();
  const isRunning = useRef(false);
  const run: Act["run"] = async (what, act) => {
    if (isRunning.current) return undefined;
    isRunning.current = true;
    setBusy(true);
    setProblem(undefined);
    const name = `${place}:${what}`;
    const key = keys.get(name) ?? newKey();
    keys.set(name, key);
    try {
      const done = await act(key);
      keys.delete(name);
      return done;
    } catch (why) {
      const refusal = why instanceof Refusal ? why : offline();
      if (!refusal.isTransient) keys.delete(name);
      setProblem(refusal);
      haptic("error");
      return undefined;
    } finally {
      isRunning.current = false;
      setBusy(false);
    }
  };
  return { isBusy, problem, run };
}
