/** What a person does in the app from the first opening on, in each language. */
import { strict as assert } from "node:assert";
import { App } from "../stage/app.mjs";
import { Person, until } from "../stage/product.mjs";

export const LANGUAGES = ["en", "ru", "zh"];

export async function mainWay({ browser, kept }) {
  for (const language of LANGUAGES) {
    await kept(`the whole way through the app, ${language}`, () => whole(browser, language, {}));
  }
  await kept("the same in Telegram 6.1, dark", () => whole(browser, "en", { version: "6.1", theme: "dark" }));
  await kept("a plain browser is shown where to open it", async () => {
    const app = await App.open(browser, await Person.new(), { initData: "" });
    await app.sees('a[href^="https://t.me/"]');
    app.assertNoProblems();
    await app.close();
  });
}

async function whole(browser, language, options) {
  const person = await Person.new(language);
  const app = await App.open(browser, person, options);
  await app.sees(".welcome");
  assert.equal(await app.page.evaluate(() => document.documentElement.lang), language);
  await app.pressesMain();
  await reading(app);
  await beneath(app);
  await list(app);
  await plans(app);
  app.assertNoProblems();
  await app.close();
}

async function reading(app) {
  await app.choosesPhoto();
  assert.equal(await app.telegram("asksBeforeClosing"), app.options.version !== "6.1");
  await app.pressesMain();
  const text = await app.reads();
  assert.ok(text.length > 200, text);
  const [stored] = await app.person.readings();
  assert.equal(stored.id, app.readingId());
  assert.ok(text.includes(stored.analysis.intro.split("\n")[0]), "what is stored is what is shown");
  assert.equal(await app.telegram("asksBeforeClosing"), false);
}

async function beneath(app) {
  const { page, person } = app;
  const id = app.readingId();
  if (!process.env.MOCK) await asks(app, id);
  await page.locator(".star").nth(3).click();
  await until("the rating", 20, async () => (await person.readings()).find((one) => one.user_rating === 4));
  await app.pressesMain();
  await app.sees(".share img");
  await page.keyboard.press("Escape");
  await app.seesNot(".share");
}

async function asks({ page, person }, id) {
  await page.locator(".reading-part textarea").first().fill("Will I travel this year?");
  await page.locator(".reading-part .button-primary").first().click();
  await page.locator(".questions li").waitFor();
  await until("the answer", 30, async () => {
    const { body } = await person.asks("GET", `/v1/analyses/${id}/questions`);
    return body.data?.[0]?.status === "completed" && body;
  });
}

async function list(app) {
  const { page } = app;
  if (await app.telegram("hasBack")) await app.goesBack();
  await app.goesTo("/history");
  await app.sees(".history-item a");
  assert.equal(await page.locator(".history-item a").count(), 1);
  await page.locator(".history-search input").fill("qwertyuiop");
  await app.sees(".history-nothing");
  await app.taps(".history-nothing .button");
  await app.sees(".history-item a");
}

async function plans(app) {
  await app.goesTo("/plans");
  await app.sees(".plans-standing");
  await app.page.locator('input[name="plan"]').first().check({ force: true });
  await app.pressesMain();
  await until("the paid plan", 30, async () => {
    const { body } = await app.person.asks("GET", "/v1/subscriptions/me");
    return body.tier !== "FREE" && body;
  });
}
