/**
 * What Telegram's app says of itself and of the person when it opens the page, in the hash of the address
 * (https://docs.telegram-mini-apps.com/platform/launch-parameters). Kept for a reload, whose address has no
 * hash any more, in this tab alone: it holds the proof of the person.
 */
export interface Launch {
  /** Signed by Telegram; empty outside of it. Sent in a header, never in an address. */
  readonly initData: string;
  readonly version: string;
  readonly platform: string;
  /** `startapp=...` of the link by which the app was opened. */
  readonly startParam: string;
  readonly theme: Readonly<Record<string, string>>;
  /** Telegram's id of the person; empty if unknown. */
  readonly userId: string;
  /** Whether the bot may write to the person, as far as Telegram says so. */
  readonly mayWrite: boolean;
  /** The person's language in Telegram (IETF tag); empty if unknown. */
  readonly language: string;
}

const KEPT = "launch";
const PREFIX = "tgWebApp";

export function read(): Launch {
  const fresh = new URLSearchParams(window.location.hash.slice(1));
  const has = fresh.has(`${PREFIX}Data`) || fresh.has(`${PREFIX}Version`);
  const params = has ? fresh : new URLSearchParams(kept());
  if (has) keep(fresh.toString());
  // Not left in the address: it would be copied with it.
  if (has)
    window.history.replaceState(window.history.state, "", window.location.pathname + window.location.search);
  const initData = params.get(`${PREFIX}Data`) ?? "";
  const signed = new URLSearchParams(initData);
  const user: { id?: unknown; language_code?: string; allows_write_to_pm?: unknown } = object(
    signed.get("user"),
  );
  return {
    initData,
    version: params.get(`${PREFIX}Version`) ?? "6.0",
    platform: params.get(`${PREFIX}Platform`) ?? "unknown",
    startParam: params.get(`${PREFIX}StartParam`) ?? signed.get("start_param") ?? "",
    theme: object(params.get(`${PREFIX}ThemeParams`)),
    userId: String(user.id ?? ""),
    mayWrite: user.allows_write_to_pm === true,
    language: user.language_code ?? "",
  };
}

function object(json: string | null): Record<string, string> {
  try {
    return JSON.parse(json ?? "{}") ?? {};
  } catch {
    return {};
  }
}

function kept(): string {
  try {
    return window.sessionStorage.getItem(KEPT) ?? "";
  } catch {
    return "";
  }
}

function keep(params: string): void {
  try {
    window.sessionStorage.setItem(KEPT, params);
  } catch {
    // A private window without storage: a reload asks to open the app again.
  }
}
