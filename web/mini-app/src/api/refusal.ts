/** Why a call was not answered as asked. */
export class Refusal extends Error {
  constructor(
    /** Of the API's catalogue; `offline` when nothing was answered. */
    readonly code: string,
    /** For the person, in their language; empty when nothing was answered. */
    message: string,
    readonly status: number,
    readonly details: Readonly<Record<string, unknown>> = {},
    /** Seconds after which it is worth another try; 0 if unknown. */
    readonly retryAfter = 0,
    readonly requestId = "",
  ) {
    super(message);
  }

  get isOffline(): boolean {
    return this.code === "offline";
  }

  /** Not the person's fault and not for ever: the API is being repaired, or is overloaded. */
  get isMaintenance(): boolean {
    return this.status === 502 || this.status === 503 || this.status === 504;
  }

  /** The app has to be opened again from the chat. */
  get isSignedOut(): boolean {
    return this.status === 401;
  }

  /** The same call may succeed later. */
  get isTransient(): boolean {
    return this.isOffline || this.isMaintenance || this.status === 429 || this.status >= 500;
  }
}

export const offline = () => new Refusal("offline", "", 0);

/** The refusal that an answer holds. */
export async function refusalOf(answer: Response): Promise<Refusal> {
  const retryAfter = Number(answer.headers.get("retry-after")) || 0;
  const body = await answer.json().catch(() => undefined);
  const said = body as {
    code?: string;
    message?: string;
    details?: Record<string, unknown>;
    request_id?: string;
  };
  const code = said?.code ?? `http-${answer.status}`;
  return new Refusal(code, said?.message ?? "", answer.status, said?.details, retryAfter, said?.request_id);
}
