/** What a person decides about the app and their data: language, notices, a copy, support, and the end. */
import { strict as assert } from "node:assert";
import { App } from "../stage/app.mjs";
import { Person, until } from "../stage/product.mjs";

export async function settings({ browser, kept }) {
  await kept("settings: language, notices, documents, a word to the support, a copy of everything", () =>
    decides(browser),
  );
  await kept("plans: a trial, an invoice that is left, a payment in Stars, its receipt, its end", () =>
    pays(browser),
  );
  await kept("a reading: copied, shared, read with another focus, deleted", () => reading(browser));
  await kept("everything is deleted after the word was typed", () => deletes(browser));
}

const page = (app, name) => app.taps(`a[href="/app/settings/${name}"]`);

async function decides(browser) {
  const person = await (await Person.new()).agrees();
  await person.reads();
  const app = await App.open(browser, person);
  await app.goesTo("/settings");
  await page(app, "language");
  await app.page.locator('input[name="language"]').nth(2).check({ force: true });
  await until(
    "the language",
    20,
    async () => (await person.asks("GET", "/v1/users/me")).body.language_code === "zh",
  );
  assert.equal(await app.page.evaluate(() => document.documentElement.lang), "zh");
  await app.page.locator('input[name="language"]').nth(0).check({ force: true });
  await app.goesBack();
  await page(app, "notices");
  const before = (await person.asks("GET", "/v1/users/me")).body;
  await app.page.locator("input.switch").first().click({ force: true });
  await until("the notices", 20, async () => {
    const after = (await person.asks("GET", "/v1/users/me")).body;
    return JSON.stringify(after) !== JSON.stringify(before);
  });
  await app.goesBack();
  for (const name of ["terms", "privacy", "about"]) {
    await page(app, name);
    await until(`the page ${name}`, 20, async () => (await app.says()).length > 100);
    await app.goesBack();
  }
  await page(app, "support");
  await app.page.locator("textarea").fill("The cup was turned, and I was not asked.");
  await app.pressesMain();
  await app.sees(".settings-note[role=status]");
  await app.goesBack();
  await page(app, "data");
  await app.taps(".settings-note .button");
  await until("the copy", 60, async () => {
    const { body } = await person.asks("GET", "/v1/users/me/exports");
    return body.exports[0]?.status === "completed";
  });
  await app.taps(".rows button.row-press");
  await until("its link", 20, async () => (await app.posted("web_app_open_link")).length > 0);
  app.assertNoProblems();
  await app.close();
}

async function pays(browser) {
  const person = await (await Person.new()).agrees();
  const app = await App.open(browser, person, { start: "/plans" });
  await app.sees(".plans-standing");
  const plan = app.page.locator('input[name="plan"]').first();
  await app.set("pays", false);
  await plan.check({ force: true });
  await app.pressesMain();
  await until("the invoice", 20, async () => (await app.posted("web_app_open_invoice")).length > 0);
  assert.equal((await person.asks("GET", "/v1/subscriptions/me")).body.tier, "FREE");
  await app.set("pays", true);
  if (!(await plan.isChecked())) await plan.check({ force: true });
  await app.pressesMain();
  const subscription = () => person.asks("GET", "/v1/subscriptions/me").then(({ body }) => body);
  await until("the paid plan", 60, async () => (await subscription()).tier !== "FREE");
  await app.sees(".plans .row-value .row-hint", 60);
  const again = await app.reopen();
  await again.sees(".plans-standing");
  const { body } = await person.asks("GET", "/v1/payments");
  assert.equal(body.data.filter(({ status }) => status === "succeeded").length, 1, JSON.stringify(body.data));
  again.assertNoProblems();
  await again.close();
}

async function reading(browser) {
  const person = await (await Person.new()).agrees();
  const { id } = await person.reads();
  const app = await App.open(browser, person, { start: `/?reading=${id}` });
  await app.reads();
  await app.pressesMain();
  await app.sees(".share img");
  await until("the card", 20, async () => (await app.telegram("main")).is_visible);
  await app.pressesMain();
  await until("the link", 30, async () => {
    const { body } = await person.asks("GET", `/v1/analyses/${id}/shares`);
    return body.data.length > 0;
  });
  const { body } = await person.asks("GET", `/v1/analyses/${id}/shares`);
  const card = await fetch(body.data[0].url);
  assert.equal(card.status, 200);
  assert.match(card.headers.get("content-type"), /^image\//);
  await app.page.keyboard.press("Escape");
  await app.seesNot(".share");
  await app.taps(".reading-part .chip");
  await app.taps(".reading-part:has(.chips) .button-plain");
  await until("the other reading", 60, async () => (await person.readings()).length === 2);
  await app.reads();
  await app.taps(".reading-delete");
  await until("the deletion", 30, async () => (await person.readings()).length === 1);
  app.assertNoProblems();
  await app.close();
}

async function deletes(browser) {
  const person = await (await Person.new()).agrees();
  await person.reads();
  const app = await App.open(browser, person, { start: "/settings/delete" });
  await app.sees(".settings-word input");
  assert.ok(await app.page.locator(".button-danger").isDisabled());
  await app.page.locator(".settings-word input").fill("delete");
  await app.taps(".button-danger");
  await app.sees(".screen.centered h1");
  await app.pressesMain();
  assert.ok(await app.telegram("isClosed"));
  await app.close();
}
