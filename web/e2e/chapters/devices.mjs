/** Two devices of one person at once: what one does, the other sees. */
import { strict as assert } from "node:assert";
import { App } from "../stage/app.mjs";
import { during, Person, until } from "../stage/product.mjs";

/** The app of this device is looked at again, until it shows what it has to; a return right after another is none. */
async function returnsUntil(app, selector) {
  await until(`${selector} after a return`, 20, async () => {
    await app.hears("visibility_changed", { is_visible: false });
    await app.hears("visibility_changed", { is_visible: true });
    return app.page.locator(selector).first().isVisible();
  });
}

async function two(browser, options) {
  const person = await (await Person.new()).agrees();
  return [person, await App.open(browser, person, options), await App.open(browser, person, options)];
}

export async function devices({ browser, kept }) {
  await kept("two devices: a reading that one has begun comes into being on both", () => together(browser));
  await kept("two devices: what is deleted on one is gone on the other", () => deletion(browser));
  await kept("two devices: consent that is withdrawn on one is asked for on the other", () =>
    consent(browser),
  );
  await kept("two devices: the language of one is that of the other", () => language(browser));
}

async function together(browser) {
  const [person, phone, desktop] = await two(browser);
  await during({ ai: { latency_ms: 2000 } }, async () => {
    await phone.choosesPhoto();
    await phone.pressesMain();
    await phone.sees(".waiting");
    await desktop.goesTo("/history");
    await desktop.sees(".history-under-way");
    await desktop.taps(".history-item a");
    assert.equal(await desktop.reads(), await phone.reads());
  });
  assert.equal((await person.readings()).length, 1);
  await phone.close();
  await desktop.close();
}

async function deletion(browser) {
  const person = await (await Person.new()).agrees();
  const { id } = await person.reads();
  const at = { start: `/?reading=${id}` };
  const [phone, desktop] = [await App.open(browser, person, at), await App.open(browser, person, at)];
  await phone.reads();
  await desktop.reads();
  await phone.taps(".reading-delete");
  await until("the list", 20, async () => phone.page.url().endsWith("/history"));
  await returnsUntil(desktop, "main:not(:has([data-reading-text])) h1");
  const empty = await phone.page.locator(".history-item a").count();
  assert.equal(empty, 0);
  await phone.close();
  await desktop.close();
}

async function consent(browser) {
  const [, phone, desktop] = await two(browser);
  await desktop.sees(".new-target");
  await phone.goesTo("/settings");
  await phone.taps('a[href="/app/settings/consents"]');
  await phone.taps("button.row-danger");
  await phone.seesNot("button.row-danger");
  await returnsUntil(desktop, ".welcome");
  await phone.close();
  await desktop.close();
}

async function language(browser) {
  const [, phone, desktop] = await two(browser);
  await desktop.sees(".new-target");
  await phone.goesTo("/settings");
  await phone.taps('a[href="/app/settings/language"]');
  await phone.page.locator('input[name="language"]').nth(1).check({ force: true });
  const of = (app) => app.page.evaluate(() => document.documentElement.lang);
  assert.equal(await of(phone), "ru");
  await returnsUntil(desktop, ":root[lang=ru] main");
  await phone.close();
  await desktop.close();
}
