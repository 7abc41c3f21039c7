/** The API dies in the middle of each step and comes back: nothing is lost, and nothing happens twice. */
import { strict as assert } from "node:assert";
import { setTimeout as sleep } from "node:timers/promises";
import { App } from "../stage/app.mjs";
import { during, kill, Person, restart, start, until } from "../stage/product.mjs";
import { loseAnswer, Wire } from "../stage/wires.mjs";

const SLOW_READING = { ai: { latency_ms: 3000 } };

const opened = async (browser, options) => App.open(browser, await (await Person.new()).agrees(), options);

export async function restarts({ browser, kept }) {
  await kept("the API dies while a photo is on its way: it is read, once", () => upload(browser));
  await kept("the answer to a photo is lost: it is read once", () => lostAnswer(browser));
  await kept("the API dies while the reading comes into being: it is shown, and counted once", () =>
    waiting(browser),
  );
  await kept("the API dies before and after a question: it is answered once", () => question(browser));
  await kept("the API dies while an invoice is paid: the plan is there, paid once", () => purchase(browser));
  await kept("the API dies before consent, rating and deletion: each is done on the second try", () =>
    acts(browser),
  );
}

async function onlyOne(app) {
  const all = await app.person.readings();
  assert.equal(all.length, 1, JSON.stringify(all.map(({ id, status }) => [id, status])));
  const { body } = await app.person.asks("GET", "/v1/limits/me");
  return { reading: all[0], limits: body };
}

async function upload(browser) {
  const wire = await Wire.toApi();
  const app = await opened(browser, { origin: wire.url });
  await app.choosesPhoto();
  wire.up = 6_000;
  await app.pressesMain();
  await app.sees("[role=progressbar]");
  await sleep(1_000);
  await kill("api");
  await app.sees(".new-panel h2");
  wire.up = Number.POSITIVE_INFINITY;
  await start("api");
  await app.reads();
  await onlyOne(app);
  await app.close();
  wire.close();
}

async function lostAnswer(browser) {
  const app = await opened(browser);
  const lost = await loseAnswer(app, "POST", "**/v1/analyses");
  await app.choosesPhoto();
  await app.pressesMain();
  await app.reads();
  assert.equal(lost.count, 1);
  await onlyOne(app);
  await app.close();
}

async function waiting(browser) {
  const before = await opened(browser);
  const app = await during(SLOW_READING, async () => {
    await before.choosesPhoto();
    await before.pressesMain();
    await before.sees(".waiting");
    await restart("api");
    // Also the app is closed meanwhile, and opened again.
    await before.reads();
    return before;
  });
  await onlyOne(app);
  const again = await app.reopen({ start: `/?reading=${app.readingId()}` });
  await again.reads();
  await again.close();
}

async function question(browser) {
  const person = await (await Person.new()).agrees();
  const { id } = await person.reads();
  const app = await App.open(browser, person, { start: `/?reading=${id}` });
  await app.reads();
  await app.page.locator(".reading-part textarea").first().fill("Will I travel this year?");
  await kill("api");
  const send = app.page.locator(".reading-part .button-primary").first();
  await send.click();
  await app.sees(".reading-part .problem-line");
  await start("api");
  const lost = await loseAnswer(app, "POST", "**/questions");
  await send.click();
  await until("the lost answer", 20, async () => lost.count === 1);
  await app.sees(".reading-part .problem-line");
  await send.click();
  await app.sees(".questions li");
  await until("the answer", 60, async () => {
    const { body } = await person.asks("GET", `/v1/analyses/${id}/questions`);
    assert.ok(body.data.length <= 1, "asked once");
    return body.data[0]?.status === "completed";
  });
  await app.close();
}

async function purchase(browser) {
  const app = await opened(browser, { start: "/plans" });
  const { person } = app;
  await app.sees(".plans-standing");
  await app.page.locator('input[name="plan"]').first().check({ force: true });
  let paid;
  // The bank of Stars asks the bot before; the API dies as soon as it has the money.
  person.pays = async (slug) => {
    paid = await Person.prototype.pays.call(person, slug);
    await kill("api");
    return paid;
  };
  await app.pressesMain();
  await until("the payment", 30, async () => paid);
  assert.equal(paid, "paid");
  await sleep(500);
  await start("api");
  await until("the paid plan", 60, async () => {
    const { body } = await person.asks("GET", "/v1/subscriptions/me");
    return body.tier !== "FREE";
  });
  const { body } = await person.asks("GET", "/v1/payments");
  assert.equal(body.data.filter(({ status }) => status === "succeeded").length, 1, JSON.stringify(body.data));
  await app.sees(".plans .row-value .row-hint", 60);
  await app.close();
}

async function acts(browser) {
  const app = await App.open(browser, await Person.new());
  const { person, page } = app;
  await app.sees(".welcome");
  await kill("api");
  await app.pressesMain();
  await app.sees(".welcome [role=alert]");
  await start("api");
  await app.pressesMain();
  await app.sees(".new-target");
  const { id } = await person.reads();
  const of = await app.reopen({ start: `/?reading=${id}` });
  await of.reads();
  await kill("api");
  await of.page.locator(".star").nth(4).click();
  await of.sees(".reading-part .problem-line");
  await start("api");
  await of.page.locator(".star").nth(4).click();
  await until("the rating", 20, async () => (await person.readings())[0].user_rating === 5);
  const lost = await loseAnswer(of, "DELETE", "**/v1/analyses/*");
  await of.taps(".reading-delete");
  await until("the lost answer", 20, async () => lost.count === 1);
  await of.taps(".reading-delete");
  await until("the deletion", 20, async () => (await person.readings()).length === 0);
  await until("the list", 20, async () => of.page.url().endsWith("/history"));
  assert.ok(page.isClosed());
  await of.close();
}
