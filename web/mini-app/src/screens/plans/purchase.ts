/**
 * Buying a month: an invoice, then the word of the server. How Telegram says that the invoice was left is only
 * what was seen; a payment that may be on its way is remembered, and asked for again when the app is reopened.
 */
import type { Schemas } from "@symancy/client";
import { useCallback, useEffect, useRef, useState } from "react";
import { api, newKey } from "../../api/call";
import { Refusal } from "../../api/refusal";
import * as telegram from "../../telegram";
import { forget, keep, kept } from "../../telegram/storage";
import type { Tier } from "./rules";

export type Provider = Schemas["PaymentProvider"];
export type PaymentDetails = Schemas["PaymentDetails"];

/** A payment whose end is not known yet. */
export interface Awaited {
  readonly id: string;
  readonly tier: Tier;
  /** Whether Telegram has shown it as paid. */
  readonly isSeenPaid: boolean;
}

export type Stage =
  | { readonly name: "idle" }
  /** The invoice is made, or open. */
  | { readonly name: "asking"; readonly tier: Tier }
  | { readonly name: "awaited"; readonly payment: Awaited }
  | { readonly name: "paid"; readonly payment: PaymentDetails }
  | { readonly name: "left"; readonly tier: Tier; readonly how: "cancelled" | "failed" }
  | { readonly name: "refused"; readonly tier: Tier; readonly refusal: Refusal };

const KEPT = "payment";
const remember = (payment: Awaited) => keep(KEPT, JSON.stringify(payment)).catch(() => undefined);
const forgetKept = () => forget(KEPT).catch(() => undefined);

export interface Purchase {
  readonly stage: Stage;
  readonly buy: (tier: Tier, provider: Provider) => Promise<void>;
  /** The person does not want to see any more how it ended. */
  readonly dismiss: () => void;
}

/** `onPaid`: what the person has is another one now. */
export function usePurchase(onPaid: () => void): Purchase {
  const [stage, setStage] = useState<Stage>({ name: "idle" });
  const isBusy = useRef(false);
  const keys = useRef(new Map<string, string>());
  useEffect(() => {
    resumed().then((payment) => {
      if (payment) setStage((now) => (now.name === "idle" ? { name: "awaited", payment } : now));
    });
  }, []);
  useServersWord(stage, setStage, onPaid);
  const buy = useCallback(async (tier: Tier, provider: Provider) => {
    if (isBusy.current) return;
    isBusy.current = true;
    setStage({ name: "asking", tier });
    setStage(
      await order(tier, provider, keys.current).finally(() => {
        isBusy.current = false;
      }),
    );
  }, []);
  const dismiss = useCallback(() => {
    forgetKept();
    setStage({ name: "idle" });
  }, []);
  return { stage, buy, dismiss };
}

/** An invoice that was only closed is opened again: by the same key it is the same one. */
async function order(tier: Tier, provider: Provider, keys: Map<string, string>): Promise<Stage> {
  const name = `${provider}:${tier}`;
  const key = keys.get(name) ?? newKey();
  keys.set(name, key);
  try {
    const place = await api("post", "/v1/subscriptions/purchase", {
      body: { tier, provider },
      headers: { "idempotency-key": key },
    });
    const payment = { id: place.payment_id, tier, isSeenPaid: false };
    remember(payment);
    const how = await left(payment.id, place.payment_url, provider);
    if (how !== "cancelled") keys.delete(name);
    if (how === "cancelled" || how === "failed") {
      forgetKept();
      telegram.haptic("warning");
      return { name: "left", tier, how };
    }
    const awaited = { ...payment, isSeenPaid: how === "paid" };
    remember(awaited);
    return { name: "awaited", payment: awaited };
  } catch (why) {
    if (!(why instanceof Refusal)) throw why;
    if (!why.isTransient) keys.delete(name);
    telegram.haptic("error");
    return { name: "refused", tier, refusal: why };
  }
}

/** How the place to pay at was left. Where Telegram does not say it, the server's word ends the waiting. */
async function left(id: string, url: string, provider: Provider): Promise<telegram.InvoiceStatus> {
  if (provider !== "telegram_stars") {
    telegram.openLink(url);
    return "pending";
  }
  const stop = new AbortController();
  const seen = telegram.openInvoice(url);
  return Promise.race([seen, granted(id, stop.signal)]).finally(() => stop.abort());
}

/** Comes once the payment is there, and never otherwise. */
async function granted(id: string, signal: AbortSignal): Promise<"paid"> {
  await pause(4_000, signal);
  const payment = await ended(id, signal);
  if (payment?.status === "succeeded") return "paid";
  return new Promise(() => undefined);
}

async function resumed(): Promise<Awaited | undefined> {
  try {
    const payment = JSON.parse((await kept(KEPT)) || "null");
    return payment?.id && payment?.tier ? payment : undefined;
  } catch {
    return undefined;
  }
}

/** Waits for the server while a payment is awaited. */
function useServersWord(stage: Stage, setStage: (stage: Stage) => void, onPaid: () => void): void {
  const awaited = stage.name === "awaited" ? stage.payment : undefined;
  const paid = useRef(onPaid);
  paid.current = onPaid;
  useEffect(() => {
    if (!awaited) return;
    const stop = new AbortController();
    ended(awaited.id, stop.signal).then((payment) => {
      if (stop.signal.aborted) return;
      forgetKept();
      if (payment?.status === "succeeded") {
        telegram.haptic("success");
        setStage({ name: "paid", payment });
        paid.current();
      } else if (payment) {
        telegram.haptic("error");
        setStage({ name: "left", tier: awaited.tier, how: "failed" });
      } else setStage({ name: "idle" });
    });
    return () => stop.abort();
  }, [awaited, setStage]);
}

/** The payment once it is not pending any more; `undefined`: there is none of this id. */
async function ended(id: string, signal: AbortSignal): Promise<PaymentDetails | undefined> {
  for (let asked = 0; !signal.aborted; asked += 1) {
    try {
      const headers = { prefer: "wait=25" };
      const payment = await api("get", "/v1/payments/{id}", { path: { id }, headers, signal });
      if (payment.status !== "pending") return payment;
      await pause(Math.min(2_000 + asked * 1_000, 10_000), signal);
    } catch (why) {
      if (signal.aborted || !(why instanceof Refusal) || why.status === 404) return undefined;
      const least = why.isTransient ? 5_000 : 30_000;
      await pause(Math.max(why.retryAfter * 1_000, least), signal);
    }
  }
  return undefined;
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      stop();
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    const stop = telegram.onReturn(end);
    signal.addEventListener("abort", end, { once: true });
  });
}
