/**
 * Small texts of the person, kept by Telegram for all their devices (CloudStorage); in an old app or a plain
 * browser, by this device.
 */
import { next, post } from "./bridge";
import { isInside, since } from "./index";

let asked = 0;

async function invoke(method: string, params: Readonly<Record<string, unknown>>): Promise<unknown> {
  asked += 1;
  const id = `s${asked}`;
  post("web_app_invoke_custom_method", { req_id: id, method, params });
  const answer = await next("custom_method_invoked", (data) => data.req_id === id);
  if (answer.error) throw new Error(String(answer.error));
  return answer.result;
}

const inCloud = isInside && since("6.9");

export async function keep(key: string, value: string): Promise<void> {
  if (inCloud) await invoke("saveStorageValue", { key, value });
  else window.localStorage.setItem(key, value);
}

/** Empty if there is none. */
export async function kept(key: string): Promise<string> {
  if (!inCloud) return window.localStorage.getItem(key) ?? "";
  const values = (await invoke("getStorageValues", { keys: [key] })) as Record<string, string> | undefined;
  return values?.[key] ?? "";
}

export async function forget(key: string): Promise<void> {
  if (inCloud) await invoke("deleteStorageValues", { keys: [key] });
  else window.localStorage.removeItem(key);
}

/** All that the app keeps about the person, here and at Telegram. */
export async function forgetAll(): Promise<void> {
  window.localStorage.clear();
  for (const { name } of (await window.indexedDB.databases?.()) ?? []) {
    if (name) window.indexedDB.deleteDatabase(name);
  }
  if (!inCloud) return;
  const keys = await invoke("getStorageKeys", {});
  if (Array.isArray(keys) && keys.length > 0) await invoke("deleteStorageValues", { keys });
}
