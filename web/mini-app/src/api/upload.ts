/** Sends a form with progress, which `fetch` does not show. */
import { language } from "../texts/language";
import { outdate } from "./loaded";
import { offline, Refusal } from "./refusal";
import { credentials, recover } from "./session";

export interface Upload {
  readonly path: string;
  readonly form: FormData;
  /** The same act has the same key, however often it is sent. */
  readonly key: string;
  /** Called with the share that has left the device, 0 to 1. */
  readonly onProgress?: (share: number) => void;
  readonly signal?: AbortSignal;
}

/** @throws {Refusal} */
export async function upload<T>(what: Upload): Promise<T> {
  const proof = await credentials();
  try {
    return await attempt<T>(what, proof);
  } catch (why) {
    if (why instanceof Refusal && why.isSignedOut && (await recover(proof))) {
      return attempt<T>(what, await credentials());
    }
    throw why;
  }
}

function attempt<T>(what: Upload, proof: Record<string, string>): Promise<T> {
  return new Promise((resolve, reject) => {
    const call = new XMLHttpRequest();
    call.open("POST", what.path);
    const headers = {
      ...proof,
      accept: "application/json",
      "accept-language": language(),
      "idempotency-key": what.key,
    };
    for (const [name, value] of Object.entries(headers)) call.setRequestHeader(name, value);
    call.responseType = "json";
    call.timeout = 90_000;
    call.upload.onprogress = ({ loaded, total }) => what.onProgress?.(total > 0 ? loaded / total : 0);
    call.onerror = () => reject(offline());
    call.ontimeout = call.onerror;
    call.onabort = () => reject(new DOMException("canceled by the person", "AbortError"));
    call.onload = () => {
      if (call.status >= 300) return reject(refusal(call));
      outdate();
      resolve(call.response as T);
    };
    what.signal?.addEventListener("abort", () => call.abort());
    if (what.signal?.aborted) reject(new DOMException("canceled by the person", "AbortError"));
    else call.send(what.form);
  });
}

function refusal(call: XMLHttpRequest): Refusal {
  const body = (call.response ?? {}) as {
    code?: string;
    message?: string;
    details?: Record<string, unknown>;
  };
  const retryAfter = Number(call.getResponseHeader("retry-after")) || 0;
  return new Refusal(
    body.code ?? `http-${call.status}`,
    body.message ?? "",
    call.status,
    body.details,
    retryAfter,
  );
}
