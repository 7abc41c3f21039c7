/** The person who has opened the app. */
import type { Schemas } from "@symancy/client";
import { useEffect } from "react";
import { api } from "./api/call";
import { type Loaded, useLoaded } from "./api/loaded";
import { isInside } from "./telegram";
import { known, setLanguage } from "./texts/language";

export type User = Schemas["User"];
export type Consents = Schemas["Consents"];
export type AppFacts = Schemas["App"];
export type UsageLimits = Schemas["UsageLimits"];
export type Subscription = Schemas["Subscription"];

/** Their profile; the app speaks the language that stands there. */
export function useMe(): Loaded<User> {
  const me = useLoaded(isInside ? "me" : undefined, (signal) => api("get", "/v1/users/me", { signal }));
  const chosen = me.data?.language_code;
  useEffect(() => {
    if (chosen) setLanguage(known(chosen));
  }, [chosen]);
  return me;
}

export const useConsents = (): Loaded<Consents> =>
  useLoaded(isInside ? "consents" : undefined, (signal) => api("get", "/v1/users/me/consents", { signal }));

/** What is left of their plan. */
export const useLimits = (): Loaded<UsageLimits> =>
  useLoaded("limits", (signal) => api("get", "/v1/limits/me", { signal }));

export const useSubscription = (): Loaded<Subscription> =>
  useLoaded("subscription", (signal) => api("get", "/v1/subscriptions/me", { signal }));

/** What the deployment is like. */
export const useAppFacts = (): Loaded<AppFacts> =>
  useLoaded("app", (signal) => api("get", "/v1/app", { signal }));

/** Whether both documents are agreed to as they are now: an agreement to an older version does not count. */
export const hasAgreed = ({ terms_of_use, privacy_policy }: Consents): boolean =>
  [terms_of_use, privacy_policy].every((of) => of.accepted && of.version === of.current_version);
