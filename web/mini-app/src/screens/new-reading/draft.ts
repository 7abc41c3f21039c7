/** What the person is about to send. Their words and their last choice are kept by Telegram, on all their devices. */
import { forget, keep, kept } from "../../telegram/storage";
import type { Content, Focus } from "./outbox";
import { createStore } from "./store";

export interface Draft {
  /** Made small already. */
  readonly photo: Blob | undefined;
  readonly words: string;
  readonly by: "photo" | "words";
  readonly focus: Focus;
}

const EMPTY: Draft = { photo: undefined, words: "", by: "photo", focus: "general" };
const FOCUS = "focus";
const WORDS = "draft";
const PAUSE = 700;

export const draft = createStore<Draft>(EMPTY);

let timer: ReturnType<typeof setTimeout> | undefined;
let isRead = false;
const ignore = () => undefined;

export function change(part: Partial<Draft>): void {
  draft.set({ ...draft.get(), ...part });
  if (part.focus) keep(FOCUS, part.focus).catch(ignore);
  if (part.words === undefined) return;
  clearTimeout(timer);
  timer = setTimeout(() => void write(draft.get().words), PAUSE);
}

const write = (words: string) => (words ? keep(WORDS, words) : forget(WORDS)).catch(ignore);

/** What was kept before, unless the person has begun anew meanwhile. */
export async function readDraft(): Promise<void> {
  if (isRead) return;
  isRead = true;
  const before = draft.get();
  const [focus, words] = await Promise.all([kept(FOCUS).catch(ignore), kept(WORDS).catch(ignore)]);
  const now = draft.get();
  const isFocus = (text: string | undefined): text is Focus =>
    ["general", "wellbeing", "career", "relationships"].includes(text ?? "");
  if (isFocus(focus) && now.focus === before.focus) draft.set({ ...draft.get(), focus });
  if (words && !now.words && !now.photo) draft.set({ ...draft.get(), words, by: "words" });
}

/** What could not be read can be changed and sent again, unless the person has begun anew meanwhile. */
export function restoreDraft({ content, focus }: { readonly content: Content; readonly focus: Focus }): void {
  const { photo, words } = draft.get();
  if (photo || words) return;
  if ("photo" in content) change({ photo: content.photo, by: "photo", focus });
  else change({ words: content.words, by: "words", focus });
}

/** After `content` was sent: what the person has begun meanwhile stays. Without it all that is kept. */
export function forgetDraft(content?: Content): void {
  const { photo, words } = draft.get();
  const isPhoto = !content || ("photo" in content && (content.photo === photo || !photo));
  const isWords = !content || ("words" in content && content.words === words.trim());
  if (isPhoto) draft.set({ ...draft.get(), photo: undefined });
  if (!isWords) return;
  clearTimeout(timer);
  draft.set({ ...draft.get(), words: "", by: "photo" });
  void write("");
  if (!content) forget(FOCUS).catch(ignore);
}
