import { render } from "preact";
import { act } from "preact/test-utils";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { api } from "../../api/call";
import { Refusal } from "../../api/refusal";
import { openInvoice } from "../../telegram";
import { forget, keep, kept } from "../../telegram/storage";
import { type Purchase, usePurchase } from "./purchase";

vi.mock("../../api/call", () => {
  let keys = 0;
  return { api: vi.fn(), newKey: () => `key-${++keys}` };
});
vi.mock("../../telegram", () => ({
  openInvoice: vi.fn(),
  openLink: vi.fn(),
  haptic: vi.fn(),
  onReturn: () => () => undefined,
}));
vi.mock("../../telegram/storage", () => ({ keep: vi.fn(), kept: vi.fn(), forget: vi.fn() }));

type Call = { headers?: Record<string, string>; path?: { id: string } };
let status = "pending";
let bought: string[] = [];
const onPaid = vi.fn();
const root = document.createElement("div");

beforeEach(() => {
  vi.useFakeTimers();
  status = "pending";
  bought = [];
  vi.mocked(keep).mockResolvedValue();
  vi.mocked(forget).mockResolvedValue();
  vi.mocked(kept).mockResolvedValue("");
  vi.mocked(api).mockImplementation((async (method: string, _: string, call: Call) => {
    if (method === "get") return { id: call.path?.id, tier: "BASIC", status };
    bought.push(call.headers?.["idempotency-key"] ?? "");
    return { payment_id: "p1", payment_url: "https://t.me/$slug" };
  }) as never);
});

afterEach(async () => {
  await act(() => render(null, root));
  vi.useRealTimers();
  vi.clearAllMocks();
});

async function begin(): Promise<{ now: Purchase }> {
  const seen = {} as { now: Purchase };
  function Screen() {
    seen.now = usePurchase(onPaid);
    return null;
  }
  await act(() => render(<Screen />, root));
  return seen;
}

const buy = (seen: { now: Purchase }) => act(() => seen.now.buy("BASIC", "telegram_stars"));
/** In two acts: what the first has begun is drawn in the second. */
async function wait(milliseconds: number) {
  for (const part of [milliseconds, 1]) await act(async () => void (await vi.advanceTimersByTimeAsync(part)));
}

test("what Telegram shows as paid is not, until the server says so", async () => {
  vi.mocked(openInvoice).mockResolvedValue("paid");
  const seen = await begin();
  await buy(seen);
  expect(seen.now.stage).toMatchObject({ name: "awaited", payment: { id: "p1", isSeenPaid: true } });
  await wait(10_000);
  expect(seen.now.stage.name).toBe("awaited");
  expect(onPaid).not.toHaveBeenCalled();
  status = "succeeded";
  await wait(10_000);
  expect(seen.now.stage.name).toBe("paid");
  expect(onPaid).toHaveBeenCalledTimes(1);
  expect(forget).toHaveBeenCalledWith("payment");
});

test("an invoice that was closed is the same one when it is opened again", async () => {
  vi.mocked(openInvoice).mockResolvedValue("cancelled");
  const seen = await begin();
  await buy(seen);
  expect(seen.now.stage).toMatchObject({ name: "left", how: "cancelled" });
  await buy(seen);
  expect(new Set(bought).size).toBe(1);
  vi.mocked(openInvoice).mockResolvedValue("failed");
  await buy(seen);
  await buy(seen);
  expect(new Set(bought).size).toBe(2);
});

test("two taps open one invoice", async () => {
  vi.mocked(openInvoice).mockReturnValue(new Promise(() => undefined));
  const seen = await begin();
  await act(() => {
    seen.now.buy("BASIC", "telegram_stars");
    seen.now.buy("BASIC", "telegram_stars");
  });
  expect(bought.length).toBe(1);
});

test("the server's word counts where Telegram does not say how the invoice was left", async () => {
  vi.mocked(openInvoice).mockReturnValue(new Promise(() => undefined));
  const seen = await begin();
  await act(() => void seen.now.buy("BASIC", "telegram_stars"));
  await wait(5_000);
  expect(seen.now.stage.name).toBe("asking");
  status = "succeeded";
  await wait(10_000);
  expect(seen.now.stage.name).toBe("paid");
});

test("a payment that was on its way when the app was closed is asked for again", async () => {
  vi.mocked(kept).mockResolvedValue(JSON.stringify({ id: "p9", tier: "BASIC", isSeenPaid: true }));
  status = "succeeded";
  const seen = await begin();
  await wait(1);
  expect(seen.now.stage).toMatchObject({ name: "paid", payment: { id: "p9" } });
});

test("what the server does not know is not waited for", async () => {
  vi.mocked(kept).mockResolvedValue(JSON.stringify({ id: "p9", tier: "BASIC", isSeenPaid: true }));
  vi.mocked(api).mockRejectedValue(new Refusal("E601", "", 404));
  const seen = await begin();
  await wait(1);
  expect(seen.now.stage.name).toBe("idle");
  expect(forget).toHaveBeenCalledWith("payment");
});

test("a refusal is shown, and the next try is the same act only if it may have happened", async () => {
  vi.mocked(api).mockRejectedValueOnce(new Refusal("offline", "", 0));
  const seen = await begin();
  await buy(seen);
  expect(seen.now.stage).toMatchObject({ name: "refused" });
  const first = vi.mocked(api).mock.calls[0]?.[2] as Call;
  vi.mocked(openInvoice).mockResolvedValue("cancelled");
  await buy(seen);
  expect(bought).toEqual([first.headers?.["idempotency-key"]]);
});
