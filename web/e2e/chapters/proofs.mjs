/** The proof of the person ages: the app goes on where it can, and says what to do where it cannot. */
import { strict as assert } from "node:assert";
import { App } from "../stage/app.mjs";
import { Person, until } from "../stage/product.mjs";

export async function proofs({ browser, kept }) {
  await kept("initData of the day before yesterday: the app says to open it again", () => old(browser));
  await kept("a token that has expired while the app was open is renewed unseen", () => expired(browser));
  await kept("a token that is refused is replaced unseen", () => refused(browser));
  await kept("initData stands in no address, and in no log of the API", () => unseen(browser));
}

async function old(browser) {
  const person = await (await Person.new()).agrees();
  const initData = await person.initData(`?auth_date=${Math.floor(Date.now() / 1000) - 2 * 86_400}`);
  const app = await App.open(browser, person, { initData });
  await app.sees(".screen.centered h1");
  await app.taps(".screen.centered .button");
  assert.ok(await app.telegram("isClosed"));
  await app.close();
}

async function expired(browser) {
  const person = await (await Person.new()).agrees();
  const app = await App.open(browser, person);
  await app.sees(".new-target");
  await until("a session", 20, () => app.page.evaluate(() => sessionStorage.getItem("session")));
  await app.page.evaluate(() => {
    const session = JSON.parse(sessionStorage.getItem("session"));
    session.expires_at = new Date(Date.now() - 60_000).toISOString();
    sessionStorage.setItem("session", JSON.stringify(session));
  });
  const renewed = app.page.waitForResponse(/\/v1\/auth\/(renewal|telegram)$/);
  await app.page.reload();
  assert.ok((await renewed).ok());
  await app.goesTo("/history");
  await app.sees("main h1");
  app.assertNoProblems();
  await app.close();
}

async function refused(browser) {
  const person = await (await Person.new()).agrees();
  const app = await App.open(browser, person);
  await app.sees(".new-target");
  await until("a session", 20, () => app.page.evaluate(() => sessionStorage.getItem("session")));
  await app.page.evaluate(() => {
    const session = JSON.parse(sessionStorage.getItem("session"));
    session.access_token = `${session.access_token.slice(0, -4)}AAAA`;
    sessionStorage.setItem("session", JSON.stringify(session));
  });
  const answers = [];
  app.page.on("response", (answer) => answers.push(answer.status()));
  await app.page.reload();
  await app.sees(".new-target");
  await app.goesTo("/history");
  await app.sees("main h1");
  assert.ok(answers.includes(401), "it was refused at first");
  await app.close();
}

async function unseen(browser) {
  const person = await (await Person.new()).agrees();
  const initData = await person.initData();
  const hash = new URLSearchParams(initData).get("hash");
  const app = await App.open(browser, person, { initData });
  const seen = [];
  app.page.on("request", (request) => seen.push(request.url()));
  await app.sees(".new-target");
  await app.goesTo("/history");
  await app.sees("main h1");
  assert.ok(!app.page.url().includes(hash));
  assert.ok(seen.length > 0 && !seen.some((url) => url.includes(hash)));
  const foreign = seen.filter((url) => !url.startsWith("blob:") && new URL(url).hostname !== "127.0.0.1");
  assert.deepEqual(foreign, [], "requests to third parties");
  const { readFileSync } = await import("node:fs");
  assert.ok(!readFileSync(`${process.env.FOLDER}/logs/api.log`, "utf8").includes(hash));
  await app.close();
}
