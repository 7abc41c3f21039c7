/** Calls of the API, as the person who has opened the app and in their language. */
import { type AnswerOf, address, type CallOf, type MethodOf, type Path, request } from "@symancy/client";
import { language } from "../texts/language";
import { outdate } from "./loaded";
import { offline, refusalOf } from "./refusal";
import { credentials, recover } from "./session";

/** The answer of a call as it is: for streams, and for whatever reads its headers. */
export async function send<P extends Path, M extends MethodOf<P>>(
  method: M,
  path: P,
  call: CallOf<P, M> = {},
): Promise<Response> {
  for (let attempt = 0; ; attempt += 1) {
    const proof = await credentials();
    const headers = { ...proof, "accept-language": language(), ...call.headers };
    const answer = await fetch(address("", path, call), request(method, { ...call, headers })).catch(
      (why) => {
        throw call.signal?.aborted ? why : offline();
      },
    );
    if (answer.status !== 401 || attempt > 0 || !(await recover(proof))) return answer;
  }
}

/** @throws {Refusal} */
export async function api<P extends Path, M extends MethodOf<P>>(
  method: M,
  path: P,
  call: CallOf<P, M> = {},
): Promise<AnswerOf<P, M>> {
  const answer = await send(method, path, call);
  if (!answer.ok) throw await refusalOf(answer);
  if (method !== "get") outdate();
  if (answer.status === 204) return undefined as AnswerOf<P, M>;
  return answer.json().catch(() => {
    throw offline();
  });
}

/** Names one act of the person: sent again with it, the act happens once. */
export function newKey(): string {
  if (crypto.randomUUID) return crypto.randomUUID();
  return [...crypto.getRandomValues(new Uint8Array(16))]
    .map((byte) => byte.toString(16).padStart(2, "0"))
    .join("");
}
