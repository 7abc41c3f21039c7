/** The outbox of the person who has opened the app: how it posts, and what follows. */
import type { Schemas } from "@symancy/client";
import { newKey } from "../../api/call";
import { forgetKnown } from "../../api/loaded";
import { upload } from "../../api/upload";
import { path, replace } from "../../router";
import * as telegram from "../../telegram";
import { deviceOf } from "./device";
import { draft, forgetDraft, restoreDraft } from "./draft";
import { type Act, Outbox } from "./outbox";
import { keepPicture } from "./sent-pictures";

async function post(act: Act, onProgress: (share: number) => void, signal: AbortSignal): Promise<string> {
  const form = new FormData();
  if ("photo" in act.content) form.set("image", act.content.photo, "cup.jpg");
  else form.set("text", act.content.words);
  form.set("focus_area", act.focus);
  void nextScreen();
  const sent = { path: "/v1/analyses", form, key: act.key, onProgress, signal };
  return (await upload<Schemas["AcceptedView"]>(sent)).id;
}

const nextScreen = () => import("../reading/reading-screen").catch(() => undefined);
const PATIENCE = 600;

async function accepted(id: string, act: Act): Promise<void> {
  telegram.haptic("light");
  forgetKnown("limits");
  if ("photo" in act.content) keepPicture(id, act.content.photo);
  // The photo stays in sight until the next screen can follow.
  await Promise.race([nextScreen(), new Promise((resolve) => setTimeout(resolve, PATIENCE))]);
  forgetDraft(act.content);
  // Elsewhere in the app the person goes on with what they do.
  if (path() === "/") replace(`/readings/${id}`);
}

export const outbox = new Outbox({
  post,
  device: deviceOf(telegram.launch.userId),
  onAccepted: accepted,
  onRefused: restoreDraft,
  newKey,
});

let isStarted = false;

/** Sends what was left, now and whenever there is a network again. */
export function startSending(): void {
  if (isStarted) return;
  isStarted = true;
  void outbox.resume();
  const again = () => void outbox.retryByItself();
  window.addEventListener("online", again);
  telegram.onReturn(again);
  outbox.state.subscribe(follow);
  draft.subscribe(follow);
}

let isConfirming = false;

/** Closing asks first while something would be lost by it. */
function follow(): void {
  const state = outbox.state.get();
  const isSafe = state.kind === "kept" && state.isStored;
  const isUnsent = state.kind === "sending" || state.kind === "kept" || draft.get().photo !== undefined;
  if (isConfirming === (isUnsent && !isSafe)) return;
  isConfirming = !isConfirming;
  telegram.confirmClosing(isConfirming);
}

/** Takes everything unsent off the device: for a person who has their data deleted. */
export async function forgetUnsent(): Promise<void> {
  await outbox.discard();
  forgetDraft();
}
