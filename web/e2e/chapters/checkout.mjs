/** Paying for a plan on the web, with gateways of the sandbox, and the invoice of it. */
import { strict as assert } from "node:assert";
import { join } from "node:path";
import { look, shot, strip } from "../stage/looks.mjs";
import { drawn } from "../stage/pdf.mjs";
import { api, sandbox, until } from "../stage/product.mjs";
import { Visitor } from "../stage/visitor.mjs";

/** Each language, a phone and a desktop, light and dark. */
const LOOKS = [
  { language: "en", theme: "light", width: 390 },
  { language: "ru", theme: "dark", width: 390 },
  { language: "zh", theme: "light", width: 1280 },
  { language: "en", theme: "dark", width: 1280 },
];
const BANK = /T-Bank|Т-Банк/;
/** As the buttons of an English page call them. */
const GATEWAYS = {
  bank: BANK,
  cloudpayments: /CloudPayments/,
  stripe: /Stripe/,
  paypal: /PayPal/,
  btcpay: /Bitcoin/,
  comgate: /Comgate/,
};
const BUYERS = {
  en: { name: "Accounts department", company: "Example Ltd", address: "1 Cup Street\nLondon", country: "GB" },
  ru: { name: "Бухгалтерия", company: "ООО «Пример»", address: "ул. Кофейная, 1\nМосква", country: "RU" },
  zh: { name: "财务部", company: "示例有限公司", address: "咖啡路1号\n上海", country: "CN" },
};

export async function checkout({ browser, kept, pictures, shown }) {
  const pages = [];
  const invoices = new Map();
  for (const options of LOOKS) {
    const like = Object.values(options).join("-");
    await kept(`a plan paid for on the web, and its invoice, ${like} px`, async () => {
      const { page, invoice } = await pays(browser, options, like, pictures);
      pages.push(page);
      invoices.set(options.language, invoice);
    });
  }
  if (pages.length === LOOKS.length) await strip(browser, pages, join(shown, "checkout.webp"), 500);
  if (invoices.size === 3) await strip(browser, [...invoices.values()], join(shown, "invoice.webp"), 842);
  await kept("a payment that the bank refuses says so, and leads back to the plans", () =>
    refused(browser, pictures),
  );
  await kept("a plan is paid for with each gateway that the page offers", () =>
    byEachGateway(browser, pictures),
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

/** To a gateway's page for the BASIC plan, which is the first. */
async function goesToPay(visitor, gateway) {
  const { page } = visitor;
  await page.goto(`${api}/checkout?lang=${visitor.language}`);
  await page.locator("section").first().locator("button").filter({ hasText: gateway }).first().click();
  await page.waitForURL((url) => url.origin === sandbox);
}

/** Until the page to which gateways send people back says how the payment has ended. */
async function isSentBack({ page }, name) {
  await page.waitForURL(/\/checkout\/paid\?payment=/);
  await until(`the page to say ${name}`, 60, async () => {
    const said = page.locator("#said");
    return (await said.textContent()).trim().startsWith(await said.getAttribute(`data-${name}`));
  });
}

async function pays(browser, options, like, pictures) {
  const visitor = await signedIn(browser, options);
  const { page, language } = visitor;
  await page.goto(`${api}/checkout?lang=${language}`);
  await page.locator("section button").first().waitFor();
  assert.equal(await page.locator("section").count(), 3);
  await look(visitor, `checkout-${like}`, pictures);
  const offered = await shot(visitor);
  const told = await visitor.fetches("PUT", "/v1/billing/details", BUYERS[language]);
  assert.equal(told.status, 200, JSON.stringify(told.body));
  await goesToPay(visitor, BANK);
  await look(visitor, `checkout-bank-${like}`, pictures);
  await page.locator("button[value=pay]").click();
  await isSentBack(visitor, "succeeded");
  await look(visitor, `checkout-paid-${like}`, pictures);
  const mine = await visitor.fetches("GET", "/v1/subscriptions/me");
  assert.equal(mine.body.tier, "BASIC", JSON.stringify(mine));
  const invoice = await invoiced(visitor);
  visitor.assertNoProblems();
  await visitor.close();
  return { page: offered, invoice };
}

/** A picture of the one invoice, on which its number, and the buyer's name, can be read. */
async function invoiced(visitor) {
  const { body } = await visitor.fetches("GET", "/v1/invoices");
  assert.equal(body.data.length, 1, JSON.stringify(body));
  const [{ id, number, total }] = body.data;
  assert.equal(total, 29_900);
  const { text, picture } = await drawn(await visitor.bytes(`/v1/invoices/${id}/pdf`));
  const { name } = BUYERS[visitor.language];
  for (const part of [number, name]) {
    assert.ok(text.includes(part.replaceAll(" ", "")), `${part} is missing in ${text}`);
  }
  return picture;
}

async function refused(browser, pictures) {
  const visitor = await signedIn(browser, { language: "en" });
  const { page } = visitor;
  await goesToPay(visitor, BANK);
  await page.locator("button[value=refuse]").click();
  await isSentBack(visitor, "failed");
  await look(visitor, "checkout-refused", pictures);
  await page.locator("#again a").click();
  await page.locator("section button").first().waitFor();
  visitor.assertNoProblems();
  await visitor.close();
}

async function byEachGateway(browser, pictures) {
  const visitor = await signedIn(browser, { language: "en" });
  for (const [name, button] of Object.entries(GATEWAYS)) {
    await goesToPay(visitor, button);
    await look(visitor, `checkout-pay-${name}`, pictures);
    // The first is the one that pays.
    await visitor.page.locator("button[name=act]").first().click();
    await isSentBack(visitor, "succeeded");
  }
  const { body } = await visitor.fetches("GET", "/v1/payments");
  const paid = body.data.filter(({ status }) => status === "succeeded").map(({ provider }) => provider);
  assert.equal(new Set(paid).size, Object.keys(GATEWAYS).length, JSON.stringify(body.data));
  visitor.assertNoProblems();
  await visitor.close();
  return paid.reverse().join(", ");
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
