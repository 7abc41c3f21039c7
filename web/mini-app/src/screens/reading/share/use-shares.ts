/** Links to cards of a reading: made when the first way needs one, ended all at once. */
import type { Schemas } from "@symancy/client";
import { useRef } from "react";
import { api } from "../../../api/call";
import { type Loaded, useLoaded } from "../../../api/loaded";
import { type Act, useAct } from "../use-act";

export type Share = Schemas["Share"];

export interface Shares {
  readonly all: Loaded<Schemas["ShareList"]>;
  readonly act: Act;
  /** The link of this picture; the same picture has one link. */
  readonly of: (file: File) => Promise<Share | undefined>;
  /** The one of this picture, if it is made already. */
  readonly made: (file: File | undefined) => Share | undefined;
  readonly end: () => Promise<boolean>;
}

export function useShares(id: string): Shares {
  const all = useLoaded(`shares:${id}`, (signal) =>
    api("get", "/v1/analyses/{id}/shares", { path: { id }, signal }),
  );
  const act = useAct(`share:${id}`);
  const made = useRef(new Map<File, Share>());
  const names = useRef(new Map<File, number>());
  const of = async (file: File) => {
    const before = made.current.get(file);
    if (before) return before;
    const number = names.current.get(file) ?? names.current.size;
    names.current.set(file, number);
    const form = new FormData();
    form.set("card", file);
    const share = await act.run(`card ${number}`, (key) =>
      api("post", "/v1/analyses/{id}/shares", { path: { id }, form, headers: { "idempotency-key": key } }),
    );
    if (!share) return undefined;
    made.current.set(file, share);
    all.put({ data: [...(all.data?.data ?? []), share] });
    return share;
  };
  const end = async () => {
    const isDone = await act.run("end", async () => {
      await api("delete", "/v1/analyses/{id}/shares", { path: { id } });
      return true;
    });
    if (!isDone) return false;
    made.current.clear();
    all.put({ data: [] });
    return true;
  };
  return { all, act, of, made: (file) => file && made.current.get(file), end };
}
