/** Copies of a person's data. */
import type { Schemas } from "@symancy/client";

export type Export = Schemas["ExportSummary"];

const DAY = 24 * 60 * 60 * 1000;

export const isBeingMade = ({ status }: Export): boolean => status === "pending" || status === "processing";

/** Whether the archive can be fetched still. */
export const isHere = ({ status, expires_at }: Export, now: Date): boolean =>
  status === "completed" && Boolean(expires_at) && new Date(expires_at ?? 0) > now;

/** For a day after a copy was asked for, asking again gives the same one; a failed one is made anew. */
export const canAskForCopy = (exports: readonly Export[], now: Date): boolean =>
  !exports.some(
    (one) =>
      isBeingMade(one) || (isHere(one, now) && now.getTime() - new Date(one.created_at).getTime() < DAY),
  );
