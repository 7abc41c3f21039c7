import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { offline, Refusal } from "../../api/refusal";
import { type Act, Outbox } from "./outbox";

const photo = new Blob(["a cup"], { type: "image/jpeg" });
const HOUR = 60 * 60 * 1000;

function world() {
  const sent: Act[] = [];
  const accepted: string[] = [];
  const refused: Act[] = [];
  const answers: (string | Refusal | Promise<string>)[] = [];
  let kept: Act | undefined;
  let keys = 0;
  let now = 0;
  const open = () =>
    new Outbox({
      post: async (act) => {
        sent.push(act);
        const answer = await (answers.shift() ?? "reading");
        if (answer instanceof Refusal) throw answer;
        return answer;
      },
      device: {
        load: async () => kept,
        save: async (act) => {
          kept = act;
        },
        clear: async () => {
          kept = undefined;
        },
      },
      onAccepted: (id) => accepted.push(id),
      onRefused: (act) => refused.push(act),
      newKey: () => {
        keys += 1;
        return `key-${keys}`;
      },
      now: () => now,
    });
  return {
    open,
    sent,
    accepted,
    refused,
    answers,
    kept: () => kept,
    pass: (time: number) => {
      now += time;
    },
  };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("two taps send once", async () => {
  const { open, sent, accepted } = world();
  const outbox = open();
  await Promise.all([outbox.submit({ photo }, "career"), outbox.submit({ photo }, "career")]);
  expect(sent).toHaveLength(1);
  expect(accepted).toEqual(["reading"]);
  expect(outbox.state.get().kind).toBe("empty");
});

test("it is kept before it is sent, and until it is accepted", async () => {
  const { open, kept, answers } = world();
  let accept = (_: string) => {};
  answers.push(
    new Promise<string>((resolve) => {
      accept = resolve;
    }),
  );
  const outbox = open();
  const submitted = outbox.submit({ photo }, "general");
  await vi.advanceTimersByTimeAsync(0);
  expect(kept()?.key).toBe("key-1");
  accept("reading");
  await submitted;
  expect(kept()).toBeUndefined();
});

test("without a network it waits, and goes out by itself under the same key", async () => {
  const { open, sent, accepted, answers } = world();
  answers.push(offline());
  const outbox = open();
  await outbox.submit({ photo }, "general");
  expect(outbox.state.get()).toMatchObject({ kind: "kept", isStored: true, isOld: false });
  await outbox.submit({ words: "another" }, "general");
  expect(sent).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(3_000);
  expect(sent.map(({ key }) => key)).toEqual(["key-1", "key-1"]);
  expect(accepted).toEqual(["reading"]);
});

test("what the API asks to wait is waited", async () => {
  const { open, sent, answers } = world();
  answers.push(new Refusal("E304", "slower", 429, {}, 30));
  await open().submit({ photo }, "general");
  await vi.advanceTimersByTimeAsync(29_000);
  expect(sent).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(sent).toHaveLength(2);
});

test("the app is closed while it is sent: the next opening sends it under the same key", async () => {
  const { open, sent, accepted, answers, pass } = world();
  answers.push(new Promise<string>(() => {}));
  void open().submit({ photo }, "career");
  await vi.advanceTimersByTimeAsync(0);
  pass(HOUR);
  await open().resume();
  expect(sent.map(({ key, focus }) => [key, focus])).toEqual([
    ["key-1", "career"],
    ["key-1", "career"],
  ]);
  expect(accepted).toEqual(["reading"]);
});

test("after a day it is not sent unasked, and then as a new act", async () => {
  const { open, sent, answers, pass } = world();
  answers.push(offline());
  await open().submit({ photo }, "general");
  vi.clearAllTimers();
  pass(21 * HOUR);
  const later = open();
  await later.resume();
  await later.retryByItself();
  expect(sent).toHaveLength(1);
  expect(later.state.get()).toMatchObject({ kind: "kept", isOld: true });
  await later.retry();
  expect(sent.map(({ key }) => key)).toEqual(["key-1", "key-2"]);
});

test("a refusal for good is not kept, and the next act has a key of its own", async () => {
  const { open, kept, sent, answers } = world();
  answers.push(new Refusal("E301", "no more today", 402));
  const outbox = open();
  await outbox.submit({ photo }, "general");
  expect(outbox.state.get()).toMatchObject({ kind: "refused", problem: { code: "E301" } });
  expect(kept()).toBeUndefined();
  await outbox.submit({ photo }, "general");
  expect(sent.map(({ key }) => key)).toEqual(["key-1", "key-2"]);
});

test("what was taken back and is asked for again is the same act: it may have arrived", async () => {
  const { open, kept, sent, answers } = world();
  answers.push(new Promise<string>(() => {}));
  const outbox = open();
  void outbox.submit({ photo }, "general");
  await vi.advanceTimersByTimeAsync(0);
  await outbox.discard();
  expect(kept()).toBeUndefined();
  await outbox.submit({ photo }, "general");
  expect(sent.map(({ key }) => key)).toEqual(["key-1", "key-1"]);
  await outbox.submit({ photo }, "career");
  expect(sent.at(-1)?.key).toBe("key-2");
});

test("what is taken back before it left is not sent", async () => {
  const { open, kept, sent } = world();
  const outbox = open();
  const submitted = outbox.submit({ photo }, "general");
  await outbox.discard();
  await submitted;
  expect(sent).toHaveLength(0);
  expect(kept()).toBeUndefined();
});

test("it stays for a person who has to open the app again", async () => {
  const { open, kept, sent, answers } = world();
  answers.push(new Refusal("E203", "expired", 401));
  const outbox = open();
  await outbox.submit({ photo }, "general");
  await vi.advanceTimersByTimeAsync(HOUR);
  expect(sent).toHaveLength(1);
  expect(kept()?.key).toBe("key-1");
});

test("what was kept and is refused later is given back to the person", async () => {
  const { open, answers, refused, kept } = world();
  answers.push(offline());
  await open().submit({ photo }, "career");
  answers.push(new Refusal("E301", "", 402));
  const later = open();
  await later.resume();
  expect(refused.map(({ content }) => content)).toEqual([{ photo }]);
  expect(kept()).toBeUndefined();
});

test("nothing is sent by itself under a key that the API has forgotten", async () => {
  const { open, answers, sent, pass } = world();
  const outbox = open();
  answers.push(offline());
  await outbox.submit({ photo }, "career");
  pass(25 * HOUR);
  await outbox.retryByItself();
  expect(sent).toHaveLength(1);
  expect(outbox.state.get()).toMatchObject({ kind: "kept", isOld: true });
});

test("what is taken back and sent again keeps its age with its key", async () => {
  const { open, answers, sent, pass } = world();
  const outbox = open();
  answers.push(offline(), offline());
  await outbox.submit({ photo }, "career");
  pass(19 * HOUR);
  await outbox.discard();
  await outbox.submit({ photo }, "career");
  expect(sent[1]).toMatchObject({ key: sent[0]?.key, begunAt: sent[0]?.begunAt });
});
