/**
 * Telegram's app around the page, typed. Everything here may be called outside of Telegram and in old
 * versions of it: then it does what is next best, or nothing.
 */
import { connect, next, on, post } from "./bridge";
import { type Launch, read } from "./launch";
import { apply, follow } from "./theme";

export type { Launch };

/** How an invoice was left. What was paid, the server alone knows. */
export type InvoiceStatus = "paid" | "cancelled" | "failed" | "pending";

export const launch: Launch = read();

/** Whether the page was opened by Telegram, with proof of the person. */
export const isInside = launch.initData !== "";

export function start(): void {
  connect();
  apply(launch.theme);
  follow();
}

/** After the first paint: Telegram takes its placeholder away. */
export function ready(): void {
  post("web_app_ready");
  post("web_app_expand");
  // A swipe down scrolls, and does not close what is being written.
  if (since("7.7")) post("web_app_setup_swipe_behavior", { allow_vertical_swipe: false });
}

/** Whether Telegram's app is of this version at least (Bot API numbers). */
export function since(version: string): boolean {
  const [have, want] = [launch.version, version].map((text) => text.split(".").map(Number));
  for (let at = 0; at < 2; at += 1) {
    const [a, b] = [have?.[at] ?? 0, want?.[at] ?? 0];
    if (a !== b) return a > b;
  }
  return true;
}

export type Haptic = "light" | "medium" | "success" | "warning" | "error" | "selection";

export function haptic(kind: Haptic): void {
  if (!isInside || !since("6.1")) return;
  const data =
    kind === "selection"
      ? { type: "selection_change" }
      : kind === "light" || kind === "medium"
        ? { type: "impact", impact_style: kind }
        : { type: "notification", notification_type: kind };
  post("web_app_trigger_haptic_feedback", data);
}

/** Asks for a yes in Telegram's own way. */
export async function confirm(message: string, yes: string): Promise<boolean> {
  if (!isInside || !since("6.2")) return window.confirm(message);
  const buttons = [
    { id: "yes", type: "destructive", text: yes },
    { id: "", type: "cancel" },
  ];
  post("web_app_open_popup", { message: message.slice(0, 256), buttons });
  return (await next("popup_closed")).button_id === "yes";
}

/** Opens an invoice and waits until it is left. */
export async function openInvoice(url: string): Promise<InvoiceStatus> {
  const slug = slugOf(url);
  if (!isInside || !slug || !since("6.1")) {
    openLink(url);
    return "pending";
  }
  post("web_app_open_invoice", { slug });
  const closed = await next("invoice_closed", (data) => data.slug === slug);
  return closed.status as InvoiceStatus;
}

/** `https://t.me/$slug`, `https://t.me/invoice/slug`; of another host its `invoice` parameter. */
export function slugOf(url: string): string | undefined {
  const { pathname, searchParams } = new URL(url);
  return pathname.match(/^\/(?:\$|invoice\/)([\w=-]+)$/)?.[1] ?? searchParams.get("invoice") ?? undefined;
}

export function openLink(url: string): void {
  if (isInside && since("6.1")) post("web_app_open_link", { url });
  else window.open(url, "_blank", "noopener");
}

/** A link of t.me opens inside Telegram. */
export function openTelegramLink(url: string): void {
  const { hostname, pathname, search } = new URL(url);
  if (isInside && hostname === "t.me" && since("6.1"))
    post("web_app_open_tg_link", { path_full: pathname + search });
  else openLink(url);
}

export const canShareMessages = isInside && since("8.0");
export const canShareStories = isInside && since("7.8");
export const canAddToHomeScreen = isInside && since("8.0");
export const canDownload = isInside && since("8.0");

/** Lets the person send a prepared message to a chat; whether they did. */
export async function sendPrepared(id: string): Promise<boolean> {
  if (!canShareMessages) return false;
  post("web_app_send_prepared_message", { id });
  const sent = next("prepared_message_sent").then(() => true);
  return Promise.race([sent, next("prepared_message_failed").then(() => false)]);
}

/** Opens the story editor with a picture that Telegram can fetch. */
export function shareToStory(url: string, text: string): void {
  if (canShareStories) post("web_app_share_to_story", { media_url: url, text: text.slice(0, 200) });
}

export function download(url: string, fileName: string): void {
  if (canDownload) post("web_app_request_file_download", { url, file_name: fileName });
}

/** Whether the app is on the home screen: `unsupported`, `unknown`, `added` or `missed`. */
export async function homeScreen(): Promise<string> {
  if (!canAddToHomeScreen) return "unsupported";
  post("web_app_check_home_screen");
  return String((await next("home_screen_checked")).status);
}

export function addToHomeScreen(): void {
  if (canAddToHomeScreen) post("web_app_add_to_home_screen");
}

/** Whether closing the app asks first: while something is not sent. */
export function confirmClosing(isNeeded: boolean): void {
  if (since("6.2")) post("web_app_setup_closing_behavior", { need_confirmation: isNeeded });
}

export function close(): void {
  post("web_app_close", {});
}

/** Calls `handler` when the app is brought back to the front. */
export function onReturn(handler: () => void): () => void {
  const shown = () => document.visibilityState === "visible" && handler();
  document.addEventListener("visibilitychange", shown);
  const stop = on("visibility_changed", ({ is_visible }) => is_visible && handler());
  return () => {
    document.removeEventListener("visibilitychange", shown);
    stop();
  };
}
