/** The screens by their addresses below `/app`. */
import { useEffect, useState } from "react";
import { launch } from "./telegram";

const BASE = "/app";
const listeners = new Set<() => void>();

export function path(): string {
  return window.location.pathname.slice(BASE.length).replace(/\/+$/, "") || "/";
}

/** How many screens there are to go back to. */
const depth = () => Number((window.history.state as { depth?: number } | null)?.depth ?? 0);

export function go(to: string): void {
  if (to === path()) return;
  rememberScroll();
  window.history.pushState({ depth: depth() + 1, from: path() }, "", BASE + to);
  window.scrollTo(0, 0);
  changed();
}

/** Something over this screen that going back takes away. Returns what ends that. */
export function openLayer(onBack: () => void): () => void {
  window.history.pushState({ ...window.history.state, depth: depth() + 1 }, "");
  window.addEventListener("popstate", onBack);
  return () => window.removeEventListener("popstate", onBack);
}

/** Back to where this screen was opened from if that is `to`, else there. */
export function leaveTo(to: string): void {
  if ((window.history.state as { from?: string } | null)?.from === to) window.history.back();
  else replace(to);
}

/** In place of this screen: going back does not come here again. */
export function replace(to: string): void {
  window.history.replaceState({ depth: depth() }, "", BASE + to);
  changed();
}

export function back(): void {
  if (depth() > 0) window.history.back();
  else replace("/");
}

function rememberScroll(): void {
  window.history.replaceState({ ...window.history.state, depth: depth(), scroll: window.scrollY }, "");
}

function changed(): void {
  for (const listener of listeners) listener();
}

/** The address, as it changes. */
export function usePath(): string {
  const [current, set] = useState(path());
  useEffect(() => {
    const listener = () => set(path());
    listeners.add(listener);
    window.addEventListener("popstate", listener);
    return () => {
      listeners.delete(listener);
      window.removeEventListener("popstate", listener);
    };
  }, []);
  return current;
}

/** Scrolls to where the person was when they left this screen. Called once its content stands. */
export function useScrollBack(isReady: boolean): void {
  useEffect(() => {
    const scroll = Number((window.history.state as { scroll?: number } | null)?.scroll ?? 0);
    if (isReady) window.scrollTo(0, scroll);
  }, [isReady]);
}

/** Where a link or a button of the chat leads: `startapp=reading_<id>`, `startapp=plans`; `?reading=<id>`, `?page=plans`. */
export function enter(): void {
  const asked = new URLSearchParams(window.location.search);
  const start = launch.startParam;
  const id = asked.get("reading") ?? start.match(/^reading_([0-9a-f-]{36})$/)?.[1];
  const named = asked.get("page") ?? start;
  const screen = ["history", "plans", "settings"].find((name) => name === named);
  if (id) replace(`/readings/${encodeURIComponent(id)}`);
  else if (screen && path() === "/") replace(`/${screen}`);
}
