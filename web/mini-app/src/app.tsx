/** The frame of all screens: which one is shown, the bar at the bottom, and what is wrong with the connection. */
import { type ComponentType, lazy, Suspense, useEffect } from "react";
import { offline } from "./api/refusal";
import { OfflineBanner } from "./parts/offline-banner";
import { Problem } from "./parts/problem";
import { Skeletons } from "./parts/skeletons";
import { Tabs } from "./parts/tabs";
import { hasAgreed, useConsents, useMe } from "./person";
import { back, go, usePath } from "./router";
import { NewReading } from "./screens/new-reading/new-reading";
import { startSending } from "./screens/new-reading/sending";
import { Elsewhere } from "./screens/welcome/elsewhere";
import { Welcome } from "./screens/welcome/welcome";
import { isInside } from "./telegram";
import { useBackButton, useSettingsButton } from "./telegram/buttons";

const loadReading = () => import("./screens/reading/reading-screen");
const loadHistory = () => import("./screens/history/history");
const loadPlans = () => import("./screens/plans/plans");
const loadSettings = () => import("./screens/settings/settings");

/** By the first part of their address. */
const LATE = { readings: loadReading, history: loadHistory, plans: loadPlans, settings: loadSettings };

const Reading = late(loadReading);
const History = late(loadHistory);
const Plans = late(loadPlans);
const Settings = late(loadSettings);

/** The screens of the bar: from them the app is closed, and there is nothing to go back to. */
const ROOTS = ["/", "/history", "/plans", "/settings"];
/** After everything was deleted: nothing is loaded here, and no way leads back. */
const FAREWELL = "/settings/farewell";

export function App() {
  const path = usePath();
  useBackButton(ROOTS.includes(path) || path === FAREWELL ? undefined : back);
  useSettingsButton(() => go("/settings"));
  if (!isInside) return <Elsewhere />;
  return (
    <>
      <OfflineBanner />
      {path === FAREWELL ? <Screen path={path} /> : <Gate path={path} />}
    </>
  );
}

/** Nothing is done for a person who has not agreed to the terms; their settings they can see. */
function Gate({ path }: { path: string }) {
  const me = useMe();
  const consents = useConsents();
  usePreloading(consents.data !== undefined);
  const isAgreed = consents.data !== undefined && hasAgreed(consents.data);
  useEffect(() => {
    if (isAgreed) startSending();
  }, [isAgreed]);
  const problem = me.problem ?? consents.problem;
  if (!consents.data) {
    if (problem)
      return <Problem of={problem} onRetry={() => Promise.all([me.reload(), consents.reload()])} />;
    return <Skeletons />;
  }
  if (!isAgreed && !path.startsWith("/settings")) {
    return <Welcome consents={consents.data} onAgreed={consents.put} />;
  }
  return (
    <>
      <Screen path={path} />
      {ROOTS.includes(path) && <Tabs path={path} />}
    </>
  );
}

function Screen({ path }: { path: string }) {
  return (
    <Suspense fallback={<Skeletons />}>
      <Routed path={path} />
    </Suspense>
  );
}

function Routed({ path }: { path: string }) {
  const [, root, rest] = path.split("/");
  if (root === "readings" && rest) return <Reading key={rest} id={decodeURIComponent(rest)} />;
  if (root === "history") return <History />;
  if (root === "plans") return <Plans />;
  if (root === "settings") return <Settings page={rest ?? ""} />;
  return <NewReading />;
}

/** Lets the screen of an address come while the person is still asked for. */
export function loadScreen(path: string): void {
  const root = path.split("/")[1] as keyof typeof LATE;
  LATE[root]?.().catch(() => undefined);
}

/** A screen that comes when it is needed. */
function late<P>(load: () => Promise<{ default: ComponentType<P> }>): ComponentType<P> {
  return lazy(() => load().catch(() => ({ default: Unreachable as ComponentType<P> })));
}

/** Without a network, or after a deployment, which has changed the names of the files. */
function Unreachable() {
  const reload = async () => navigator.onLine && window.location.reload();
  return <Problem of={offline()} onRetry={reload} />;
}

/** The other screens come while the first one is looked at. */
function usePreloading(isSettled: boolean): void {
  useEffect(() => {
    if (!isSettled) return;
    const timer = setTimeout(() => {
      for (const root of Object.keys(LATE)) loadScreen(`/${root}`);
    }, 1_500);
    return () => clearTimeout(timer);
  }, [isSettled]);
}
