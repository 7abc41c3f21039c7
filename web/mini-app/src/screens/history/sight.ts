/**
 * Coming back from a reading, the person finds it where it stood on the glass: the heights of rows that were
 * never in sight are guesses, so the place in the page alone does not tell.
 */
import { useEffect } from "react";

let opened: { readonly id: string; readonly top: number } | undefined;

export const rowOf = (id: string) => `reading-${id}`;

export function rememberSight(id: string): void {
  const row = document.getElementById(rowOf(id));
  if (row) opened = { id, top: row.getBoundingClientRect().top };
}

/** Called after `useScrollBack`. */
export function useSight(isReady: boolean): void {
  useEffect(() => {
    const before = opened;
    const isBack = (window.history.state as { scroll?: number } | null)?.scroll !== undefined;
    if (!isReady || !before) return;
    opened = undefined;
    if (!isBack) return;
    // What has come into sight has its true height in Chromium's fourth frame.
    let frames = 12;
    const align = () => {
      const row = document.getElementById(rowOf(before.id));
      if (row) window.scrollBy(0, row.getBoundingClientRect().top - before.top);
      frames -= 1;
      if (frames > 0) requestAnimationFrame(align);
    };
    align();
  }, [isReady]);
}
