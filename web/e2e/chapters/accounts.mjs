/** Accounts by e-mail in a real browser, and what programs of other makes say of our tokens. */
import { strict as assert } from "node:assert";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createLocalJWKSet, createRemoteJWKSet, jwtVerify } from "jose";
import { URI } from "otpauth";
import { look, shot } from "../stage/looks.mjs";
import { api, sandbox, until } from "../stage/product.mjs";
import { Visitor } from "../stage/visitor.mjs";
import { LANGUAGES } from "./main-way.mjs";

export async function accounts({ browser, kept, pictures }) {
  for (const language of LANGUAGES) {
    await kept(`an account from its letter to signing out, ${language}`, () =>
      whole(browser, language, pictures),
    );
  }
  for (const language of LANGUAGES) {
    await kept(`the letters of an account fetch nothing and fit a phone, ${language}`, () =>
      letters(browser, language, pictures),
    );
  }
  await kept("a forgotten password: the link of the letter sets another, once", () => forgotten(browser));
  await kept("no script reads the cookies of a session, and another site's page can use none", () =>
    closed(browser),
  );
  await kept("two tabs renew a session at once, and both go on", () => twoTabs(browser));
  await kept("another library believes our access tokens by our key set alone", tokens);
  await kept("the codes of another library's authenticator sign in on the page, once each", () =>
    authenticator(browser, pictures),
  );
}

/** A person with an account; its letter is opened by program. */
async function member() {
  const visitor = new Visitor();
  await visitor.signs("/v1/auth/register");
  const token = tokenOf(await visitor.linkTo("verify"));
  const verified = await visitor.asks("POST", "/v1/auth/verify-email", { token, password: Visitor.PASSWORD });
  assert.equal(verified.status, 204, JSON.stringify(verified.body));
  return visitor;
}

const tokenOf = (link) => new URLSearchParams(new URL(link).hash.slice(1)).get("token");

async function whole(browser, language, pictures) {
  const visitor = new Visitor(language);
  await visitor.signs("/v1/auth/register");
  const page = await visitor.opensBrowser(browser, { theme: language === "ru" ? "dark" : "light" });
  await page.goto(await visitor.linkTo("verify"));
  assert.equal(await page.evaluate(() => document.documentElement.lang), language);
  await look(visitor, `account-verify-${language}`, pictures);
  await visitor.fills();
  await visitor.done();
  await page.goto(`${api}/auth/sign-in?lang=${language}`);
  await look(visitor, `account-sign-in-${language}`, pictures);
  await visitor.fills({ password: "not-my-password-7" });
  await page.locator("#answer:not(:empty)").waitFor();
  await look(visitor, `account-refused-${language}`, pictures);
  await visitor.fills();
  await visitor.done();
  const me = await visitor.fetches("GET", "/v1/users/me");
  assert.equal(me.body?.language_code, language, JSON.stringify(me));
  assert.equal((await visitor.fetches("GET", "/v1/auth/sessions")).body.sessions.length, 1);
  assert.equal((await visitor.fetches("POST", "/v1/auth/logout")).status, 204);
  assert.equal((await visitor.fetches("GET", "/v1/users/me")).status, 401);
  visitor.assertNoProblems();
  await visitor.close();
}

async function letters(browser, language, pictures) {
  const visitor = new Visitor(language);
  await visitor.signs("/v1/auth/register");
  const token = tokenOf(await visitor.linkTo("verify"));
  await visitor.asks("POST", "/v1/auth/verify-email", { token, password: Visitor.PASSWORD });
  await inbox(visitor, 2);
  await visitor.asks("POST", "/v1/auth/forgot-password", { email: visitor.email });
  const all = await inbox(visitor, 3);
  for (const theme of ["light", "dark"]) {
    const reader = new Visitor(language);
    const page = await reader.opensBrowser(browser, { theme });
    const fetched = [];
    page.on("request", (request) => fetched.push(request.url()));
    for (const [n, name] of ["verify", "welcome", "reset"].entries()) {
      await page.setContent(all[n].html);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      assert.ok(wide <= 0, `${name}: ${wide} pixels too wide`);
      writeFileSync(join(pictures, `letter-${name}-${language}-${theme}.webp`), await shot(reader));
    }
    assert.deepEqual(fetched, []);
    reader.assertNoProblems();
    await reader.close();
  }
}

/** The letters to a person, the oldest first, once there are so many. */
function inbox(visitor, count) {
  return until(`${count} letters`, 30, async () => {
    const url = `${sandbox}/control/mail?to=${encodeURIComponent(visitor.email)}`;
    const { letters } = await (await fetch(url)).json();
    return letters.length >= count ? letters : undefined;
  });
}

async function forgotten(browser) {
  const visitor = await member();
  const page = await visitor.opensBrowser(browser, { width: 1280, height: 800 });
  await page.goto(`${api}/auth/forgot`);
  await visitor.fills();
  await visitor.done();
  const link = await visitor.linkTo("reset");
  await page.goto(link);
  await visitor.fills({ password: "another-rim-of-grounds-8" });
  await visitor.done();
  const again = await visitor.asks("POST", "/v1/auth/reset-password", {
    token: tokenOf(link),
    password: "a-third-rim-of-grounds-9",
  });
  assert.ok(again.status >= 400, "the link worked twice");
  await visitor.signs("/v1/auth/login", { password: "another-rim-of-grounds-8" });
  visitor.assertNoProblems();
  await visitor.close();
}

async function signedIn(browser) {
  const visitor = await member();
  const page = await visitor.opensBrowser(browser);
  await page.goto(`${api}/auth/sign-in`);
  await visitor.fills();
  await visitor.done();
  return visitor;
}

async function closed(browser) {
  const visitor = await signedIn(browser);
  assert.equal(await visitor.page.evaluate(() => document.cookie), "");
  const cookies = await visitor.context.cookies();
  assert.ok(
    cookies.length >= 2 && cookies.every((one) => one.httpOnly && one.secure),
    JSON.stringify(cookies),
  );
  // The same host by another name is another site to the browser.
  const { port } = new URL(api);
  await visitor.page.goto(`http://localhost:${port}/auth/sign-in`);
  const status = await visitor.page.evaluate(async (url) => {
    const options = { method: "POST", mode: "no-cors", credentials: "include" };
    await fetch(url, options).catch(() => undefined);
  }, `${api}/v1/auth/logout`);
  assert.equal(status, undefined);
  await visitor.page.goto(`${api}/auth/sign-in`);
  assert.equal(
    (await visitor.fetches("GET", "/v1/users/me")).status,
    200,
    "another site signed the person out",
  );
  await visitor.close();
}

async function twoTabs(browser) {
  const visitor = await signedIn(browser);
  const renewals = Array.from({ length: 5 }, () => visitor.fetches("POST", "/v1/auth/refresh?cookies=1", {}));
  const statuses = (await Promise.all(renewals)).map(({ status }) => status);
  assert.deepEqual(statuses, [200, 200, 200, 200, 200]);
  assert.equal((await visitor.fetches("GET", "/v1/users/me")).status, 200);
  await visitor.close();
}

async function tokens() {
  const visitor = await member();
  const { access_token: token, user } = await visitor.signs("/v1/auth/login");
  const keys = createRemoteJWKSet(new URL(`${api}/.well-known/jwks.json`));
  const { payload, protectedHeader } = await jwtVerify(token, keys, { typ: "at+jwt", algorithms: ["EdDSA"] });
  assert.equal(payload.sub, user.id);
  assert.ok(
    payload.exp - payload.iat === 900 && payload.sid && payload.amr.includes("pwd"),
    JSON.stringify(payload),
  );
  const [head, body, signature] = token.split(".");
  const forged = Buffer.from(JSON.stringify({ ...payload, sub: crypto.randomUUID() })).toString("base64url");
  await assert.rejects(jwtVerify(`${head}.${forged}.${signature}`, keys));
  await assert.rejects(jwtVerify(token, createLocalJWKSet({ keys: [] })));
  const none = Buffer.from(JSON.stringify({ ...protectedHeader, alg: "none" })).toString("base64url");
  const answer = await visitor.asks("GET", "/v1/users/me", undefined, {
    authorization: `Bearer ${none}.${body}.`,
  });
  assert.equal(answer.status, 401);
}

async function authenticator(browser, pictures) {
  const visitor = await member();
  const { access_token: token } = await visitor.signs("/v1/auth/login");
  const bearer = { authorization: `Bearer ${token}` };
  const begun = await visitor.asks("POST", "/v1/auth/2fa/totp", undefined, bearer);
  const app = URI.parse(begun.body.otpauth_uri);
  assert.equal(app.secret.base32, begun.body.secret);
  const first = app.generate();
  const confirmed = await visitor.asks("POST", "/v1/auth/2fa/totp/confirm", { code: first }, bearer);
  assert.equal(confirmed.body.recovery_codes?.length, 10, JSON.stringify(confirmed));
  const page = await visitor.opensBrowser(browser, { theme: "dark" });
  await page.goto(`${api}/auth/sign-in`);
  await visitor.fills();
  await page.locator("#second").waitFor();
  await look(visitor, "account-second-step", pictures);
  await visitor.fills({ code: first });
  await page.locator("#answer:not(:empty)").waitFor();
  assert.equal((await visitor.fetches("GET", "/v1/users/me")).status, 401, "a code worked twice");
  // That of the next half minute, which a clock that is ahead shows.
  await visitor.fills({ code: app.generate({ timestamp: Date.now() + 30_000 }) });
  await visitor.done();
  assert.equal((await visitor.fetches("GET", "/v1/users/me")).status, 200);
  visitor.assertNoProblems();
  await visitor.close();
}
