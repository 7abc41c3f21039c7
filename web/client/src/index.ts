/** The API's calls with the types of its own description; `schema.d.ts` is made of it by `npm run client`. */
import type { components, paths } from "./schema.js";

type Schemas = components["schemas"];

export type { Schemas };

type Method = "get" | "put" | "post" | "patch" | "delete";

/** The operation of a path by a method; `never` where there is none. */
type Operation<P extends keyof paths, M extends Method> = NonNullable<paths[P][M]>;

export type MethodOf<P extends keyof paths> = {
  [M in Method]: [Operation<P, M>] extends [never] ? never : M;
}[Method];

type Parameters<O, Place extends string> = O extends { readonly parameters: infer All }
  ? Place extends keyof All
    ? NonNullable<All[Place]>
    : never
  : never;

type Body<O> = O extends { readonly requestBody?: infer B }
  ? NonNullable<B> extends { readonly content: { readonly "application/json": infer J } }
    ? J
    : never
  : never;

type Json<R> = R extends { readonly content: { readonly "application/json": infer J } } ? J : undefined;

/** What an operation answers when all went well. */
export type Answer<O> = O extends { readonly responses: infer R }
  ? Json<R[Extract<keyof R, 200 | 201 | 202 | 204>]>
  : never;

/** What a call sends. Names of parameters are those of the description. */
export interface Call<O> {
  readonly path?: Parameters<O, "path">;
  readonly query?: Parameters<O, "query">;
  readonly body?: Body<O>;
  readonly form?: FormData;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

export type AnswerOf<P extends keyof paths, M extends MethodOf<P>> = Answer<Operation<P, M>>;
export type CallOf<P extends keyof paths, M extends MethodOf<P>> = Call<Operation<P, M>>;
export type Path = keyof paths;

/** The address of a call, below `base`. */
export function address(
  base: string,
  path: string,
  call: { path?: object | undefined; query?: object | undefined },
): string {
  const named = Object.entries(call.path ?? {});
  const filled = named.reduce(
    (text, [name, value]) => text.replace(`{${name}}`, encodeURIComponent(String(value))),
    path,
  );
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(call.query ?? {})) {
    if (value !== undefined && value !== null && value !== "") query.set(name, String(value));
  }
  const asked = query.toString();
  return base + filled + (asked ? `?${asked}` : "");
}

/** The request of a call, for `fetch`. */
export function request(method: string, call: Call<unknown>): RequestInit {
  const headers: Record<string, string> = { accept: "application/json", ...call.headers };
  const init: RequestInit = { method: method.toUpperCase(), headers };
  if (call.signal) init.signal = call.signal;
  if (call.form) init.body = call.form;
  else if (call.body !== undefined) {
    headers["content-type"] = "application/json";
    init.body = JSON.stringify(call.body);
  }
  return init;
}
