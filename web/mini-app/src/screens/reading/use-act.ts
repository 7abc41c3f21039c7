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

export function useAct(): Act {
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Refusal>();
  const current = useRef<{ what: string; key: string }>(undefined);
  const isRunning = useRef(false);
  const run: Act["run"] = async (what, act) => {
    if (isRunning.current) return undefined;
    isRunning.current = true;
    setBusy(true);
    setProblem(undefined);
    if (current.current?.what !== what) current.current = { what, key: newKey() };
    try {
      const done = await act(current.current.key);
      current.current = undefined;
      return done;
    } catch (why) {
      setProblem(why instanceof Refusal ? why : offline());
      haptic("error");
      return undefined;
    } finally {
      isRunning.current = false;
      setBusy(false);
    }
  };
  return { isBusy, problem, run };
}
