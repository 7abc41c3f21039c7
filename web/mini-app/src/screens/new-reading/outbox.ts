/**
 * What the person has asked to be read, until the API has it. One at a time. It is kept on the device before
 * it is sent and sent again under the same key: so it survives a lost network and a closed app, and is read
 * once however often it is sent.
 */
import { offline, Refusal } from "../../api/refusal";
import { createStore, type Store } from "./store";

export type Focus = "general" | "wellbeing" | "career" | "relationships";
export type Content = { readonly photo: Blob } | { readonly words: string };

export interface Act {
  readonly key: string;
  readonly focus: Focus;
  readonly content: Content;
  /** When it was first sent, in milliseconds. */
  readonly begunAt: number;
}

export type OutboxState =
  | { readonly kind: "empty" }
  /** `share` of it that has left the device, 0 to 1. */
  | { readonly kind: "sending"; readonly act: Act; readonly share: number }
  /** Sent again by itself; unless it is `isOld`, or nobody knows the person any more. */
  | {
      readonly kind: "kept";
      readonly act: Act;
      readonly problem: Refusal | undefined;
      readonly isOld: boolean;
      /** Whether it is still there when the app was closed. */
      readonly isStored: boolean;
    }
  | { readonly kind: "refused"; readonly act: Act; readonly problem: Refusal };

export interface Device {
  load(): Promise<Act | undefined>;
  save(act: Act): Promise<void>;
  clear(): Promise<void>;
}

export interface Outgoing {
  readonly post: (act: Act, onProgress: (share: number) => void, signal: AbortSignal) => Promise<string>;
  readonly device: Device;
  /** The API has it, as the reading `id`. Shown as sending until this is done. */
  readonly onAccepted: (id: string, act: Act) => unknown;
  /** The API does not take it, and it leaves the device: what there is of it is the person's again. */
  readonly onRefused: (act: Act) => void;
  readonly newKey: () => string;
  readonly now?: () => number;
}

/** The API knows a key for a day; after less than that an act is not sent again unasked. */
const FRESH = 20 * 60 * 60 * 1000;
const RETRIES = [3, 8, 20, 60];

export class Outbox {
  readonly state: Store<OutboxState> = createStore<OutboxState>({ kind: "empty" });
  private stop: AbortController | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private failures = 0;
  private isStored = false;
  /** The last one that the person took back: it may have arrived all the same. */
  private takenBack: Act | undefined;

  constructor(private readonly out: Outgoing) {}

  private now(): number {
    return this.out.now?.() ?? Date.now();
  }

  /** Nothing happens while another one is under way. */
  async submit(content: Content, focus: Focus): Promise<void> {
    if (this.isBusy) return;
    const act = { ...this.named(content, focus), focus, content };
    this.state.set({ kind: "sending", act, share: 0 });
    this.isStored = await this.out.device.save(act).then(
      () => true,
      () => false,
    );
    // Taken back meanwhile.
    if (this.current !== act) await this.out.device.clear().catch(() => undefined);
    else await this.send(act);
  }

  /** Sends what an earlier opening of the app has left. */
  async resume(): Promise<void> {
    if (this.isBusy) return;
    const act = await this.out.device.load().catch(() => undefined);
    if (!act || this.isBusy) return;
    this.isStored = true;
    if (this.isFresh(act)) await this.send(act);
    else this.keep(act, undefined, true);
  }

  /** Sends what is kept, now. One that is old is a new wish. */
  async retry(): Promise<void> {
    const state = this.state.get();
    if (state.kind !== "kept") return;
    if (!state.isOld) return this.send(state.act);
    this.state.set({ kind: "empty" });
    await this.submit(state.act.content, state.act.focus);
  }

  /** As `retry`, unless there is a reason to leave it to the person. */
  async retryByItself(): Promise<void> {
    const state = this.state.get();
    if (state.kind !== "kept" || state.isOld || state.problem?.isSignedOut) return;
    if (this.isFresh(state.act)) await this.retry();
    else this.keep(state.act, state.problem, true);
  }

  /** The person does not want it any more. */
  async discard(): Promise<void> {
    clearTimeout(this.timer);
    this.stop?.abort();
    this.takenBack = this.current ?? this.takenBack;
    this.state.set({ kind: "empty" });
    await this.out.device.clear().catch(() => undefined);
  }

  /** What is under way. */
  private get current(): Act | undefined {
    const state = this.state.get();
    return state.kind === "sending" || state.kind === "kept" ? state.act : undefined;
  }

  private get isBusy(): boolean {
    return this.current !== undefined;
  }

  /** The key of an act and since when it has it: those of the same that was taken back, which may have arrived. */
  private named(content: Content, focus: Focus): Pick<Act, "key" | "begunAt"> {
    const before = this.takenBack;
    const isSame = before && before.focus === focus && isEqual(before.content, content);
    if (isSame && this.isFresh(before)) return { key: before.key, begunAt: before.begunAt };
    return { key: this.out.newKey(), begunAt: this.now() };
  }

  private isFresh({ begunAt }: Act): boolean {
    return this.now() - begunAt < FRESH;
  }

  private async send(act: Act): Promise<void> {
    clearTimeout(this.timer);
    const stop = new AbortController();
    this.stop = stop;
    const show = (share: number) => {
      if (!stop.signal.aborted) this.state.set({ kind: "sending", act, share });
    };
    show(0);
    try {
      const id = await this.out.post(act, show, stop.signal);
      if (stop.signal.aborted) return;
      this.failures = 0;
      this.takenBack = undefined;
      await this.out.device.clear().catch(() => undefined);
      await this.out.onAccepted(id, act);
      if (this.current === act) this.state.set({ kind: "empty" });
    } catch (why) {
      if (!stop.signal.aborted) await this.failed(act, why instanceof Refusal ? why : offline());
    }
  }

  private async failed(act: Act, problem: Refusal): Promise<void> {
    if (problem.isSignedOut) return this.keep(act, problem, false);
    if (isWorthAnother(problem)) {
      const seconds = Math.max(
        problem.retryAfter,
        RETRIES[Math.min(this.failures, RETRIES.length - 1)] ?? 60,
      );
      this.failures += 1;
      this.keep(act, problem, false);
      this.timer = setTimeout(() => void this.retryByItself(), seconds * 1000);
      return;
    }
    this.out.onRefused(act);
    await this.out.device.clear().catch(() => undefined);
    this.state.set({ kind: "refused", act, problem });
  }

  private keep(act: Act, problem: Refusal | undefined, isOld: boolean): void {
    this.state.set({ kind: "kept", act, problem, isOld, isStored: this.isStored });
  }
}

/** Too slow, or the first try is still at work: the same once more is right. */
const isWorthAnother = (problem: Refusal): boolean =>
  problem.isTransient || problem.status === 408 || problem.code === "E605";

function isEqual(one: Content, other: Content): boolean {
  if ("photo" in one) return "photo" in other && one.photo === other.photo;
  return "words" in other && one.words === other.words;
}
