import { render } from "preact";
import { act } from "preact/test-utils";
import { afterEach, expect, test, vi } from "vitest";
import { forgetKnown, type Loaded, outdate, useLoaded } from "./loaded";

const roots: HTMLElement[] = [];

async function show(key: string, load: () => Promise<number>) {
  const seen: { now?: Loaded<number> } = {};
  function Reader() {
    seen.now = useLoaded(key, load);
    return null;
  }
  const root = document.createElement("div");
  roots.push(root);
  await act(() => render(<Reader />, root));
  return { seen, leave: () => act(() => render(null, root)) };
}

afterEach(async () => {
  for (const root of roots.splice(0)) await act(() => render(null, root));
  forgetKnown();
});

test("readers of one key share a load and what an act has changed", async () => {
  const load = vi.fn(async () => 1);
  const one = await show("a", load);
  const two = await show("a", load);
  expect(load).toHaveBeenCalledTimes(1);
  await act(() => one.seen.now?.put(2));
  expect(two.seen.now?.data).toBe(2);
});

test("what is fresh is not asked for again, until an act of the person", async () => {
  const load = vi.fn(async () => 1);
  await (await show("a", load)).leave();
  await (await show("a", load)).leave();
  expect(load).toHaveBeenCalledTimes(1);
  outdate();
  await show("a", load);
  expect(load).toHaveBeenCalledTimes(2);
});

test("what was asked before an act does not undo it", async () => {
  const answers: ((value: number) => void)[] = [];
  const { seen } = await show("a", () => new Promise((resolve) => answers.push(resolve)));
  await act(() => seen.now?.put(2));
  await act(() => answers[0]?.(1));
  expect(seen.now?.data).toBe(2);
});
