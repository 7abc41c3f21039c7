/** Changes of the person's profile: seen at once, sent one after the other, taken back if they are refused. */
import type { Schemas } from "@symancy/client";
import { useCallback, useRef, useState } from "react";
import { api } from "../../api/call";
import { offline, Refusal } from "../../api/refusal";
import { type User, useMe } from "../../person";
import * as telegram from "../../telegram";

export type UserPatch = Schemas["UserPatch"];

/** A profile as it will be. What is `null` or left out stays. */
export function patched(user: User, patches: readonly UserPatch[]): User {
  let after = user;
  for (const { language_code, timezone, notices } of patches) {
    const before = after;
    after = {
      ...before,
      language_code: language_code ?? before.language_code,
      timezone: timezone ?? before.timezone,
      notices: {
        analysis_started: notices?.analysis_started ?? before.notices.analysis_started,
        limit_free: notices?.limit_free ?? before.notices.limit_free,
        trial_ending: notices?.trial_ending ?? before.notices.trial_ending,
      },
    };
  }
  return after;
}

export interface Profile {
  /** With what was changed, though it may not have been sent yet. */
  readonly user: User | undefined;
  /** Why the profile is not known, or the last change was taken back. */
  readonly problem: Refusal | undefined;
  readonly reload: () => Promise<void>;
  /** Whether the change was taken. */
  readonly change: (patch: UserPatch) => Promise<boolean>;
}

export function useProfile(): Profile {
  const me = useMe();
  const [unsent, setUnsent] = useState<readonly UserPatch[]>([]);
  const [problem, setProblem] = useState<Refusal>();
  const last = useRef<Promise<unknown>>(Promise.resolve());
  const { put } = me;
  const change = useCallback(
    (patch: UserPatch): Promise<boolean> => {
      setUnsent((patches) => [...patches, patch]);
      setProblem(undefined);
      const sent = last.current.then(async () => {
        try {
          put(await api("patch", "/v1/users/me", { body: patch }));
          return true;
        } catch (why) {
          telegram.haptic("error");
          setProblem(why instanceof Refusal ? why : offline());
          return false;
        } finally {
          setUnsent((patches) => patches.filter((one) => one !== patch));
        }
      });
      last.current = sent;
      return sent;
    },
    [put],
  );
  return {
    user: me.data && patched(me.data, unsent),
    problem: problem ?? (me.data ? undefined : me.problem),
    reload: me.reload,
    change,
  };
}
