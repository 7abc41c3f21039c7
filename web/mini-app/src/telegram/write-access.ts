/** Whether the bot may write to the person: one who came by a link, and not from the chat, is asked for it. */
import { useState } from "react";
import { next, post } from "./bridge";
import { isInside, launch, since } from "./index";

let isAllowed = launch.mayWrite;

export interface WriteAccess {
  readonly isAllowed: boolean;
  /** Has Telegram ask the person; not there where it cannot. */
  readonly ask: (() => Promise<void>) | undefined;
}

export function useWriteAccess(): WriteAccess {
  const [, redraw] = useState(0);
  const ask = async () => {
    post("web_app_request_write_access");
    isAllowed = (await next("write_access_requested")).status === "allowed";
    redraw((count) => count + 1);
  };
  return { isAllowed, ask: isInside && since("6.9") ? ask : undefined };
}
