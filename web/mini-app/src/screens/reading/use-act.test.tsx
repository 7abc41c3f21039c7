import { render } from "preact";
import { act } from "preact/test-utils";
import { expect, test } from "vitest";
import { offline } from "../../api/refusal";
import { type Act, useAct } from "./use-act";

async function show(): Promise<{ readonly now: Act }> {
  const seen = {} as { now: Act };
  function Reader() {
    seen.now = useAct("here");
    return null;
  }
  await act(() => render(<Reader />, document.createElement("div")));
  return seen;
}

test("an act that failed is tried again as the same act", async () => {
  const seen = await show();
  const keys: string[] = [];
  await act(() =>
    seen.now.run("ask", async (key) => {
      keys.push(key);
      throw offline();
    }),
  );
  expect(seen.now.problem?.isOffline).toBe(true);
  await act(async () => void (await seen.now.run("ask", async (key) => keys.push(key))));
  expect(keys[1]).toBe(keys[0]);
  expect(seen.now.problem).toBeUndefined();
});

test("the same after a success, and something else, are acts of their own", async () => {
  const seen = await show();
  const keys = new Set<string>();
  for (const what of ["ask", "ask", "another"]) {
    await act(async () => void (await seen.now.run(what, async (key) => keys.add(key))));
  }
  expect(keys.size).toBe(3);
});

test("pressed twice, it is done once", async () => {
  const seen = await show();
  let done = 0;
  const press = () => seen.now.run("ask", async () => ++done);
  await act(async () => void (await Promise.all([press(), press()])));
  expect(done).toBe(1);
});

test("an act whose screen was left is the same act when the person is back", async () => {
  const keys: string[] = [];
  for (const answers of [() => Promise.reject(offline()), async () => undefined]) {
    const seen = await show();
    await act(() =>
      seen.now.run("asked elsewhere", (key) => {
        keys.push(key);
        return answers();
      }),
    );
  }
  expect(keys[1]).toBe(keys[0]);
});
