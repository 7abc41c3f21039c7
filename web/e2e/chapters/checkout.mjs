/** Paying for a plan on the web, with gateways of the sandbox. */
import { strict as assert } from "node:assert";
import { look } from "../stage/looks.mjs";
import { api, until } from "../stage/product.mjs";
import { Visitor } from "../stage/visitor.mjs";
import { LANGUAGES } from "./main-way.mjs";

export async function checkout({ browser, kept, pictures }) {
  for (const language of LANGUAGES) {
    await kept(`a plan paid for on the web, ${language}`, () => pays(browser, language, pictures));
  }
  await kept("a payment that the bank refuses says so, and leads back to the plans", () =>
    refused(browser, pictures),
  );
  await kept("a visitor who has not signed in is led there, and makes no order", () =>
    signedOut(browser, pictures),
  );
}

async function signedIn(browser, options) {
  const visitor = new Visitor(options.language);
  await visitor.signs("/v1/auth/register");
  const page = await visitor.opensBrowser(browser, options);
  await page.goto(await visitor.linkTo("verify"));
  await visitor.fills();
  await visitor.done();
  await page.goto(`${api}/auth/sign-in?lang=${visitor.language}`);
  await visitor.fills();
  await visitor.done();
  return visitor;
}

/** The bank's button of the BASIC plan, which is the first that shows roubles. */
async function toTheBank(visitor) {
  const { page } = visitor;
  await page.goto(`${api}/checkout?lang=${visitor.language}`);
  const button = page
    .locator("section")
    .first()
    .locator("button")
    .filter({ hasText: /T-Bank|Т-Банк/ });
  await button.first().click();
  await page.waitForURL(/\/tinkoff\/pay\//);
}

const ended = (page, name) =>
  until(`the page to say ${name}`, 30, async () => {
    const said = page.locator("#said");
    return (await said.textContent()).trim().startsWith(await said.getAttribute(`data-${name}`));
  });

async function pays(browser, language, pictures) {
  const theme = language === "ru" ? "dark" : "light";
  const width = language === "zh" ? 1280 : 390;
  const visitor = await signedIn(browser, { language, theme, width });
  const { page } = visitor;
  await page.goto(`${api}/checkout?lang=${language}`);
  await page.locator("section button").first().waitFor();
  assert.equal(await page.locator("section").count(), 3);
  await look(visitor, `checkout-${language}`, pictures);
  await toTheBank(visitor);
  await look(visitor, `checkout-bank-${language}`, pictures);
  await page.locator("button[value=pay]").click();
  await page.waitForURL(/\/checkout\/paid\?payment=/);
  await ended(page, "succeeded");
  await look(visitor, `checkout-paid-${language}`, pictures);
  const mine = await visitor.fetches("GET", "/v1/subscriptions/me");
  assert.equal(mine.body.tier, "BASIC", JSON.stringify(mine));
  visitor.assertNoProblems();
  await visitor.close();
}

async function refused(browser, pictures) {
  const visitor = await signedIn(browser, { language: "en" });
  const { page } = visitor;
  await toTheBank(visitor);
  await page.locator("button[value=refuse]").click();
  await page.waitForURL(/\/checkout\/paid\?payment=/);
  await ended(page, "failed");
  await look(visitor, "checkout-refused", pictures);
  await page.locator("#again a").click();
  await page.locator("section button").first().waitFor();
  visitor.assertNoProblems();
  await visitor.close();
}

async function signedOut(browser, pictures) {
  const visitor = new Visitor("en");
  const page = await visitor.opensBrowser(browser);
  await page.goto(`${api}/checkout`);
  await page.locator("section button").first().click();
  await page.locator("#signed-out:not([hidden])").waitFor();
  await look(visitor, "checkout-signed-out", pictures);
  visitor.assertNoProblems();
  await visitor.close();
}
