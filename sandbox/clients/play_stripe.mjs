// Stripe's own client for Node, unmodified, against the sandbox: every answer and event is one that it takes.
// `node play_stripe.mjs http://127.0.0.1:4210`

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { createRequire } from "node:module";

const { default: Stripe } = await import(createRequire(`${process.cwd()}/`).resolve("stripe"));

const sandbox = new URL(process.argv[2]);
// The client has its paths from the root of a host; here Stripe stands below one.
const below = (url, init) => fetch(String(url).replace("/v1/", "/stripe/v1/"), init);
const client = (key) =>
  new Stripe(key, {
    host: sandbox.hostname,
    port: sandbox.port,
    protocol: "http",
    maxNetworkRetries: 2,
    httpClient: Stripe.createFetchHttpClient(below),
  });
const stripe = client("sk_test_sandbox");

const control = async (method, path, body) => {
  const answer = await fetch(new URL(`/control/${path}`, sandbox), {
    method,
    headers: { "content-type": "application/json" },
    body: body && JSON.stringify(body),
  });
  assert(answer.ok, `${method} ${path}: ${await answer.clone().text()}`);
  return answer.json();
};
const act = (session, name, more) => control("POST", `stripe/${session.id}`, { act: name, ...more });
const faults = (plan) => control("PUT", "faults", { stripe: { methods: plan } });
const sessions = async () => (await control("GET", "stripe")).sessions.length;

const order = {
  mode: "payment",
  success_url: "https://shop.example/paid",
  client_reference_id: "o-1",
  metadata: { payment: "o-1" },
  payment_intent_data: { metadata: { payment: "o-1" } },
  payment_method_types: ["card", "sepa_debit"],
  line_items: [{ quantity: 1, price_data: { currency: "eur", unit_amount: 299, product_data: { name: "A plan" } } }],
};

// Events.
const told = [];
const shop = createServer(async (request, response) => {
  const body = [];
  for await (const part of request) body.push(part);
  told.push([Buffer.concat(body), request.headers["stripe-signature"]]);
  response.end();
}).listen(0, "127.0.0.1");
await once(shop, "listening");
const url = `http://127.0.0.1:${shop.address().port}/`;
const endpoint = await stripe.webhookEndpoints.create({ url, enabled_events: ["*"] });

// Keys.
const first = await stripe.checkout.sessions.create(order, { idempotencyKey: "k-1" });
const again = await stripe.checkout.sessions.create(order, { idempotencyKey: "k-1" });
assert.equal(again.id, first.id);
assert.equal(first.payment_status, "unpaid");
const other = { ...order, client_reference_id: "o-2" };
await assert.rejects(stripe.checkout.sessions.create(other, { idempotencyKey: "k-1" }), Stripe.errors.StripeIdempotencyError);

// What is lost or fails is asked for again, under one key.
const before = await sessions();
for (const fault of [{ lost_reply_rate: 1 }, { error_rate: 1, status: 500 }, { error_rate: 1, status: 409 }]) {
  await faults({ "checkout.sessions.create": { ...fault, times: 1 } });
  await stripe.checkout.sessions.create(order);
}
assert.equal(await sessions(), before + 3);
await faults({ "refunds.list": { rate_limit: { retry_after: 1 } } });
await assert.rejects(stripe.refunds.list(), Stripe.errors.StripeRateLimitError);
await faults({ "refunds.create": { error_rate: 1, status: 402 } });
await assert.rejects(stripe.refunds.create({ payment_intent: "pi_1" }), Stripe.errors.StripeCardError);
await faults({});

// Refusals.
const { mode, ...without } = order;
await assert.rejects(stripe.checkout.sessions.create(without), (why) => {
  assert(why instanceof Stripe.errors.StripeInvalidRequestError);
  assert.deepEqual([why.param, why.code, why.statusCode], ["mode", "parameter_missing", 400]);
  assert(why.requestId.startsWith("req_"));
  return true;
});
await assert.rejects(stripe.checkout.sessions.retrieve("cs_test_no"), { code: "resource_missing", statusCode: 404 });
await assert.rejects(client("sk_test_wrong").refunds.list(), Stripe.errors.StripeAuthenticationError);

// Money, and back.
await act(first, "decline", { code: "expired_card" });
await act(first, "pay");
const expand = ["payment_intent.latest_charge"];
const paid = await stripe.checkout.sessions.retrieve(first.id, { expand });
assert.equal(paid.payment_status, "paid");
assert.equal(paid.payment_intent.status, "succeeded");
assert.equal(paid.payment_intent.latest_charge.amount, 299);
const payment_intent = paid.payment_intent.id;
const part = await stripe.refunds.create({ payment_intent, amount: 100, metadata: { refund: "r-1" } });
assert.deepEqual([part.status, part.metadata.refund], ["succeeded", "r-1"]);
await assert.rejects(stripe.refunds.create({ payment_intent, amount: 200 }), Stripe.errors.StripeInvalidRequestError);
await stripe.refunds.create({ payment_intent });
await assert.rejects(stripe.refunds.create({ payment_intent }), { code: "charge_already_refunded" });
const refunds = await stripe.refunds.list({ payment_intent, limit: 1 }).autoPagingToArray({ limit: 10 });
assert.deepEqual(refunds.map((one) => one.amount), [199, 100]);
const found = await stripe.checkout.sessions.list({ payment_intent, expand: ["data.payment_intent.latest_charge"] });
assert.equal(found.data[0].payment_intent.latest_charge.amount_refunded, 299);
await act(first, "dispute");
const disputes = await stripe.disputes.list({ payment_intent });
assert.equal(disputes.data[0].status, "needs_response");
const ended = await stripe.checkout.sessions.create(order);
assert.equal((await stripe.checkout.sessions.expire(ended.id)).status, "expired");
const since = { created: { gte: first.created }, limit: 2 };
assert.equal((await stripe.checkout.sessions.list(since).autoPagingToArray({ limit: 100 })).length, await sessions());

// What a session has kept is charged without a page.
const keeping = {
  ...order,
  customer_creation: "always",
  payment_intent_data: { ...order.payment_intent_data, setup_future_usage: "off_session" },
};
const kept = await stripe.checkout.sessions.create(keeping);
await act(kept, "pay");
const { customer, payment_intent: of } = await stripe.checkout.sessions.retrieve(kept.id, { expand: ["payment_intent"] });
const charge = {
  amount: 299,
  currency: "eur",
  customer,
  payment_method: of.payment_method,
  off_session: true,
  confirm: true,
  metadata: { payment: "o-2" },
};
const charged = await stripe.paymentIntents.create(charge, { idempotencyKey: "c-1" });
assert.equal(charged.status, "succeeded");
assert.equal((await stripe.paymentIntents.create(charge, { idempotencyKey: "c-1" })).id, charged.id);
await act(kept, "charges_declined", { code: "authentication_required" });
await assert.rejects(stripe.paymentIntents.create(charge, { idempotencyKey: "c-2" }), (why) => {
  assert(why instanceof Stripe.errors.StripeCardError);
  assert.deepEqual([why.code, why.payment_intent.metadata.payment], ["authentication_required", "o-2"]);
  return true;
});
assert.equal((await stripe.paymentMethods.detach(of.payment_method)).customer, null);
await assert.rejects(stripe.paymentIntents.create(charge), Stripe.errors.StripeInvalidRequestError);

// An order that a client pays with Stripe's form, by the publishable key and the secret of the intent.
const buyer = await stripe.customers.create({ metadata: { person: "p-1" } });
const form = {
  amount: 299,
  currency: "eur",
  customer: buyer.id,
  setup_future_usage: "off_session",
  payment_method_types: ["card", "sepa_debit"],
  metadata: { payment: "o-3" },
};
const begun = await stripe.paymentIntents.create(form, { idempotencyKey: "i-1" });
assert.equal((await stripe.paymentIntents.create(form, { idempotencyKey: "i-1" })).client_secret, begun.client_secret);
assert.equal(begun.status, "requires_payment_method");
const browser = client("pk_test_sandbox");
const { client_secret } = begun;
await assert.rejects(browser.paymentIntents.confirm(begun.id, { client_secret: "x" }), Stripe.errors.StripeAuthenticationError);
await assert.rejects(browser.refunds.list(), Stripe.errors.StripeAuthenticationError);
const declines = { client_secret, payment_method: "pm_card_chargeDeclined" };
await assert.rejects(browser.paymentIntents.confirm(begun.id, declines), { code: "card_declined", statusCode: 402 });
const careful = { client_secret, payment_method: "pm_card_threeDSecure2Required", return_url: "https://shop.example/" };
const asks = await browser.paymentIntents.confirm(begun.id, careful);
assert.deepEqual([asks.status, asks.next_action.type], ["requires_action", "redirect_to_url"]);
await act(begun, "authenticate");
assert.equal((await browser.paymentIntents.retrieve(begun.id, { client_secret })).status, "succeeded");

// The page of a customer.
const configuration = await stripe.billingPortal.configurations.create({
  features: { payment_method_update: { enabled: true }, subscription_cancel: { enabled: false } },
  metadata: { form: "1" },
});
assert.equal(configuration.features.subscription_cancel.enabled, false);
assert.equal((await stripe.billingPortal.configurations.list({ active: true })).data[0].id, configuration.id);
const back = { configuration: configuration.id, return_url: "https://shop.example/" };
const portal = await stripe.billingPortal.sessions.create({ customer: buyer.id, ...back });
assert.match(await (await fetch(portal.url)).text(), /Add a card/);
await act(portal, "add");
await act(portal, "choose");
const cards = (await stripe.customers.listPaymentMethods(buyer.id)).data;
assert.deepEqual(cards.map((one) => one.card.last4), ["4444", "4242"]);
assert.equal((await stripe.customers.retrieve(buyer.id)).invoice_settings.default_payment_method, cards[0].id);
await act(portal, "remove", { method: cards[1].id });
assert.equal((await stripe.customers.listPaymentMethods(buyer.id)).data.length, 1);
const gone = (await stripe.events.list({ type: "payment_method.detached", limit: 1 })).data[0];
assert.equal(gone.data.previous_attributes.customer, buyer.id);

// Every event is believed, and a changed one is not.
const made = (await stripe.events.list({ limit: 100 })).data.length;
for (let tries = 0; told.length < made && tries < 200; tries++) await new Promise((go) => setTimeout(go, 25));
assert.equal(told.length, made);
for (const [body, signature] of told) {
  const event = stripe.webhooks.constructEvent(body, signature, endpoint.secret);
  assert.deepEqual((await stripe.events.retrieve(event.id)).data, event.data);
  const changed = Buffer.concat([body, Buffer.from(" ")]);
  assert.throws(() => stripe.webhooks.constructEvent(changed, signature, endpoint.secret));
}
await stripe.webhookEndpoints.del(endpoint.id);
shop.close();
