/**
 * A reading as it comes into being: by server-sent events, which need headers here and so come by `fetch`;
 * where these do not come through, by requests that wait.
 */
import type { Schemas } from "@symancy/client";
import { send } from "./call";
import { offline, Refusal, refusalOf } from "./refusal";

export type Analysis = Schemas["Analysis"];
export type Partial = Schemas["Partial"];

export interface Watcher {
  readonly onAnalysis: (analysis: Analysis) => void;
  /** All of the text that can be shown so far; an empty one takes it back. */
  readonly onPartial: (partial: Partial) => void;
  /** Why nothing is known at the moment; `undefined` once it is again. */
  readonly onProblem: (problem: Refusal | undefined) => void;
  readonly signal: AbortSignal;
}

export const hasEnded = ({ status }: Analysis) => status !== "pending" && status !== "processing";

/** Ends when the reading has ended, is gone, or `signal` says so. */
export async function watch(id: string, watcher: Watcher): Promise<void> {
  const seen = { event: "", tag: "", events: 0 };
  for (let failures = 0; !watcher.signal.aborted; ) {
    const [begunAt, before] = [Date.now(), seen.events];
    try {
      const streaming = failures < 2;
      const isOver = streaming ? await stream(id, watcher, seen) : await wait(id, watcher, seen);
      if (isOver) return;
      // A stream that ends without a word is no better than one that breaks.
      failures = streaming && seen.events === before ? failures + 1 : 0;
      // A server that is about to stop ends both at once.
      if (Date.now() - begunAt < 1_000) await pause(1_000, watcher.signal);
    } catch (why) {
      if (watcher.signal.aborted) return;
      const problem = why instanceof Refusal ? why : offline();
      watcher.onProblem(problem);
      if (!problem.isTransient) return;
      failures += 1;
      await pause(Math.max(problem.retryAfter * 1000, Math.min(500 * 2 ** failures, 8_000)), watcher.signal);
    }
  }
}

type Seen = { event: string; tag: string; events: number };

async function stream(id: string, watcher: Watcher, seen: Seen): Promise<boolean> {
  const headers: Record<string, string> = { accept: "text/event-stream" };
  if (seen.event) headers["last-event-id"] = seen.event;
  const answer = await send("get", "/v1/analyses/{id}/events", {
    path: { id },
    headers,
    signal: watcher.signal,
  });
  if (answer.status === 204) return true;
  if (!answer.ok) throw await refusalOf(answer);
  if (!answer.body) throw offline();
  watcher.onProblem(undefined);
  for await (const event of events(answer.body)) {
    seen.events += 1;
    if (event.id) seen.event = event.id;
    if (event.name === "partial") watcher.onPartial(JSON.parse(event.data));
    else if (event.name === "deleted") throw new Refusal("gone", "", 404);
    else if (event.data) watcher.onAnalysis(JSON.parse(event.data));
    if (event.name === "completed" || event.name === "failed" || event.name === "canceled") return true;
  }
  return false;
}

async function wait(id: string, watcher: Watcher, seen: Seen): Promise<boolean> {
  const headers: Record<string, string> = { prefer: "wait=25" };
  if (seen.tag) headers["if-none-match"] = seen.tag;
  const answer = await send("get", "/v1/analyses/{id}", { path: { id }, headers, signal: watcher.signal });
  if (answer.status === 304) return false;
  if (!answer.ok) throw await refusalOf(answer);
  watcher.onProblem(undefined);
  seen.tag = answer.headers.get("etag") ?? "";
  const analysis = (await answer.json()) as Analysis;
  watcher.onAnalysis(analysis);
  return hasEnded(analysis);
}

export interface ServerEvent {
  readonly name: string;
  readonly id: string;
  readonly data: string;
}

/** The events of a stream (HTML standard, section 9.2.6). */
export async function* events(body: ReadableStream<Uint8Array>): AsyncGenerator<ServerEvent> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let text = "";
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      text = (text + decoder.decode(value, { stream: true })).replaceAll("\r\n", "\n");
      const blocks = text.split("\n\n");
      text = blocks.pop() ?? "";
      for (const block of blocks) {
        const event = parse(block);
        if (event) yield event;
      }
    }
  } finally {
    reader.cancel().catch(() => undefined);
  }
}

function parse(block: string): ServerEvent | undefined {
  const fields: Record<string, string[]> = {};
  for (const line of block.split("\n")) {
    const colon = line.indexOf(":");
    if (colon === 0 || line === "") continue;
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    fields[name] = [...(fields[name] ?? []), value];
  }
  if (!fields.data && !fields.event) return undefined;
  return {
    name: fields.event?.at(-1) ?? "message",
    id: fields.id?.at(-1) ?? "",
    data: fields.data?.join("\n") ?? "",
  };
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
    window.addEventListener("online", () => resolve(), { once: true });
  });
}
