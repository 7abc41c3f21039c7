/**
 * Messages between the page and Telegram's app: the protocol that Telegram's own script speaks
 * (https://docs.telegram-mini-apps.com/platform/methods, /events), by the three ways in which its apps
 * hear a page: an object of the web view, `window.external`, or the frame around the page.
 */
export type Data = Readonly<Record<string, unknown>>;
type Handler = (data: Data) => void;

interface Hosts {
  TelegramWebviewProxy?: { postEvent(event: string, data: string): void };
  external?: { notify?(message: string): void };
  Telegram?: { WebView?: { receiveEvent(event: string, data: unknown): void } };
  TelegramGameProxy?: { receiveEvent(event: string, data: unknown): void };
  TelegramGameProxy_receiveEvent?: (event: string, data: unknown) => void;
}

const hosts = window as unknown as Hosts;
const handlers = new Map<string, Set<Handler>>();
const isFrame = window.parent !== window;

/** Sends a message to Telegram's app; outside of Telegram it goes nowhere. Without data it has an empty text. */
export function post(event: string, data: Data | "" = ""): void {
  if (hosts.TelegramWebviewProxy) {
    hosts.TelegramWebviewProxy.postEvent(event, JSON.stringify(data));
  } else if (typeof hosts.external?.notify === "function") {
    hosts.external.notify(JSON.stringify({ eventType: event, eventData: data }));
  } else if (isFrame) {
    // Nothing of a message is secret, and the frames of Telegram have several origins.
    window.parent.postMessage(JSON.stringify({ eventType: event, eventData: data }), "*");
  }
}

/** Calls `handler` for each event of this name. Returns what ends that. */
export function on(event: string, handler: Handler): () => void {
  const all = handlers.get(event) ?? new Set();
  handlers.set(event, all.add(handler));
  return () => all.delete(handler);
}

/** The next event of this name that `fits`. */
export function next(event: string, fits: (data: Data) => boolean = () => true): Promise<Data> {
  return new Promise((resolve) => {
    const stop = on(event, (data) => {
      if (!fits(data)) return;
      stop();
      resolve(data);
    });
  });
}

function receive(event: string, data: unknown): void {
  const fields = typeof data === "string" ? parsed(data) : data;
  const object = fields && typeof fields === "object" ? (fields as Data) : {};
  for (const handler of [...(handlers.get(event) ?? [])]) handler(object);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

/** Begins to hear Telegram's app. Called once, before anything is posted. */
export function connect(): void {
  hosts.Telegram = { ...hosts.Telegram, WebView: { receiveEvent: receive } };
  hosts.TelegramGameProxy = { receiveEvent: receive };
  hosts.TelegramGameProxy_receiveEvent = receive;
  if (!isFrame) return;
  window.addEventListener("message", (message) => {
    if (message.source !== window.parent || typeof message.data !== "string") return;
    const { eventType, eventData } = (parsed(message.data) ?? {}) as {
      eventType?: unknown;
      eventData?: unknown;
    };
    if (eventType === "reload_iframe") {
      post("iframe_will_reload");
      window.location.reload();
    } else if (typeof eventType === "string") receive(eventType, eventData);
  });
  post("iframe_ready", { reload_supported: true });
}
