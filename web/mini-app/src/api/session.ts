/**
 * The proof of the person: Telegram's `initData` is exchanged once for a short token, which is renewed while
 * the app is open. Calls do not wait for the exchange: until it is done they carry `initData` themselves.
 */
import { request, type Schemas } from "@symancy/client";
import { launch } from "../telegram";

type Session = Schemas["Session"];

const KEPT = "session";
/** A token is renewed when less than this is left of it, in milliseconds. */
const MARGIN = 3 * 60 * 1000;

let session = kept();
let pending: Promise<void> | undefined;

const left = (until: string) => new Date(until).getTime() - Date.now();

/** The headers that prove the person. */
export async function credentials(): Promise<Record<string, string>> {
  if (session && left(session.expires_at) > MARGIN)
    return { authorization: `Bearer ${session.access_token}` };
  // Outside of Telegram there is no person; what is public is answered all the same.
  if (!session && !launch.initData) return {};
  const renewal = renew();
  if (!session && launch.initData) return { "x-telegram-init-data": launch.initData };
  await renewal;
  return session
    ? { authorization: `Bearer ${session.access_token}` }
    : { "x-telegram-init-data": launch.initData };
}

/** After a refused credential: whether there is another one to try. */
export async function recover(refused: Readonly<Record<string, string>>): Promise<boolean> {
  const before = session?.access_token;
  if (refused.authorization && refused.authorization !== `Bearer ${before}`) return true;
  await renew();
  return session !== undefined && session.access_token !== before;
}

function renew(): Promise<void> {
  pending ??= exchange().finally(() => {
    pending = undefined;
  });
  return pending;
}

async function exchange(): Promise<void> {
  const renewable = session && left(session.renewable_until) > 0;
  const fresh =
    (renewable && (await ask("renewal", { authorization: `Bearer ${session?.access_token}` }))) || undefined;
  const next =
    fresh ?? (launch.initData && (await ask("telegram", { "x-telegram-init-data": launch.initData })));
  if (next) keep(next);
}

async function ask(
  how: "renewal" | "telegram",
  headers: Record<string, string>,
): Promise<Session | undefined> {
  const answer = await fetch(`/v1/auth/${how}`, request("post", { headers })).catch(() => undefined);
  return answer?.ok ? ((await answer.json()) as Session) : undefined;
}

function keep(next: Session): void {
  session = next;
  try {
    window.sessionStorage.setItem(KEPT, JSON.stringify({ ...next, of: launch.initData }));
  } catch {
    // Without storage the next opening of the app exchanges anew.
  }
}

/** The token of this tab, if it is of the same opening of the app. */
function kept(): Session | undefined {
  try {
    const stored = JSON.parse(window.sessionStorage.getItem(KEPT) ?? "null");
    return stored?.of === launch.initData ? stored : undefined;
  } catch {
    return undefined;
  }
}
