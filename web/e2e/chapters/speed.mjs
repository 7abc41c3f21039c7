/** How fast the app is on a cheap phone and a slow network: Lighthouse, and figures of our own. */
import { strict as assert } from "node:assert";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import lighthouse from "lighthouse";
import { chromium } from "playwright-core";
import { App } from "../stage/app.mjs";
import { Person } from "../stage/product.mjs";
import { QUIET } from "../stage/quiet.mjs";
import { conditions } from "../stage/wires.mjs";

const { FOLDER } = process.env;
const SCORE = 95;
const PORT = 9333;
/** As Lighthouse's own "slow 4G": bits a second, and milliseconds of a round trip. */
const SLOW_4G = { latency: 150, down: 1_638_400 / 8, up: 768_000 / 8 };
const ONE_MBIT = { latency: 50, down: 125_000, up: 125_000 };

export async function speed({ browser, kept, figures, executablePath }) {
  const person = await (await Person.new()).agrees();
  await lighthouses(person, await readInApp(browser, person), kept, figures, executablePath);
  await kept("painted within 1.0 s and usable within 1.5 s, at 4 times slowed CPU on slow 4G", () =>
    opening(browser),
  );
  await kept("a photo of 4 MB is accepted within 1.5 s of the tap, at 1 Mbit/s", () => photo(browser));
}

/** A reading whose photo has the size that the app sends. */
async function readInApp(browser, person) {
  const app = await App.open(browser, person);
  await app.choosesPhoto();
  await app.pressesMain();
  await app.reads();
  const id = app.readingId();
  await app.close();
  return id;
}

async function lighthouses(person, id, kept, figures, executablePath) {
  const browser = await chromium.launch({
    executablePath,
    args: [...QUIET, `--remote-debugging-port=${PORT}`],
  });
  const rows = [];
  try {
    for (const [name, start] of [
      ["new reading", "/"],
      ["reading", `/?reading=${id}`],
      ["readings", "/history"],
      ["plan", "/plans"],
      ["settings", "/settings"],
    ]) {
      await kept(`Lighthouse, phone: ${name}: at least ${SCORE} in each`, async () => {
        const { scores, row } = await measured(person, name, start);
        rows.push(row);
        for (const [category, score] of Object.entries(scores))
          assert.ok(score >= SCORE, `${category}: ${score}`);
        return Object.entries(scores)
          .map((score) => score.join(" "))
          .join(", ");
      });
    }
  } finally {
    await browser.close();
  }
  const head =
    "| screen | performance | accessibility | best practices | first paint | largest paint | interactive | blocked | shift | bytes |";
  figures.push(`\n${head}\n|${" --- |".repeat(10)}\n${rows.join("\n")}\n`);
}

async function measured(person, name, start) {
  const app = Object.assign(new App(), { person, options: { theme: "light", version: "6.1", start } });
  const options = {
    port: PORT,
    output: ["html", "json"],
    onlyCategories: ["performance", "accessibility", "best-practices"],
    logLevel: "error",
  };
  const { lhr, report } = await lighthouse(await app.address(), options);
  assert.equal(lhr.runtimeError, undefined, JSON.stringify(lhr.runtimeError));
  const folder = join(FOLDER, "lighthouse");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${name.replaceAll(" ", "-")}.html`), report[0]);
  writeFileSync(join(folder, `${name.replaceAll(" ", "-")}.json`), report[1]);
  const scores = Object.fromEntries(
    Object.values(lhr.categories).map(({ title, score }) => [title, Math.round(score * 100)]),
  );
  const value = (audit) => lhr.audits[audit]?.displayValue?.replaceAll(" ", " ") ?? "";
  const facts = [
    "first-contentful-paint",
    "largest-contentful-paint",
    "interactive",
    "total-blocking-time",
    "cumulative-layout-shift",
    "total-byte-weight",
  ];
  const row = `| ${[name, ...Object.values(scores), ...facts.map(value)].join(" | ")} |`;
  return { scores, row };
}

/** Of the middle one of three first openings, with nothing in the cache. */
async function opening(browser) {
  const all = [];
  for (let at = 0; at < 3; at += 1) all.push(await firstOpening(browser));
  const middle = (of) => all.map((one) => one[of]).sort((one, other) => one - other)[1];
  const [painted, usable] = [middle("painted"), middle("usable")];
  const said = `painted after ${Math.round(painted)} ms, usable after ${usable} ms`;
  assert.ok(painted < 1000 && usable < 1500, said);
  return said;
}

async function firstOpening(browser) {
  const person = await (await Person.new()).agrees();
  const app = await App.prepare(browser, person);
  await conditions(app, { ...SLOW_4G, cpu: 4 });
  const started = Date.now();
  await app.page.goto(await app.address(), { waitUntil: "commit" });
  await app.sees(".new-target input[type=file] + *");
  const usable = Date.now() - started;
  const painted = await app.page.evaluate(
    () => performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? Number.NaN,
  );
  await app.close();
  return { painted, usable };
}

async function photo(browser) {
  const app = await App.open(browser, await (await Person.new()).agrees());
  const file = join(FOLDER, "photo.jpg");
  const bytes = await makePhoto(app.page, file);
  await app.choosesPhoto(file);
  await conditions(app, ONE_MBIT);
  const accepted = app.page.waitForResponse(
    (answer) => answer.request().method() === "POST" && answer.url().endsWith("/v1/analyses"),
  );
  const sent = app.page.waitForRequest(
    (request) => request.method() === "POST" && request.url().endsWith("/v1/analyses"),
  );
  const started = Date.now();
  await app.pressesMain();
  assert.equal((await accepted).status(), 202);
  const took = Date.now() - started;
  const size = Number((await (await sent).allHeaders())["content-length"]);
  await app.close();
  const said = `${(bytes / 1e6).toFixed(1)} MB, sent as ${Math.round(size / 1000)} KB, accepted after ${took} ms`;
  assert.ok(took < 1500, said);
  return said;
}

/** A cup with the grain of a phone's camera, 4032 by 3024, of about 4 MB. */
async function makePhoto(page, file) {
  const base64 = await page.evaluate(async () => {
    const [width, height] = [4032, 3024];
    const canvas = Object.assign(document.createElement("canvas"), { width, height });
    const brush = canvas.getContext("2d");
    brush.fillStyle = "#b89a76";
    brush.fillRect(0, 0, width, height);
    const disc = (x, y, radius, colour) => {
      brush.fillStyle = colour;
      brush.beginPath();
      brush.arc(x, y, radius, 0, 2 * Math.PI);
      brush.fill();
    };
    disc(2016, 1512, 1300, "#f4efe6");
    disc(2016, 1512, 1150, "#e9e0d2");
    let seed = 7;
    const next = () => {
      seed = (seed * 48271) % 2147483647;
      return seed / 2147483647;
    };
    for (let at = 0; at < 900; at += 1) {
      const [angle, far] = [next() * 6.283, Math.sqrt(next()) * 1000];
      disc(
        2016 + far * Math.cos(angle),
        1512 + far * Math.sin(angle),
        8 + next() * 60,
        `rgb(${60 + next() * 50}, ${35 + next() * 30}, 25)`,
      );
    }
    const pixels = brush.getImageData(0, 0, width, height);
    for (let at = 0; at < pixels.data.length; at += 4) {
      const grain = (next() - 0.5) * 34;
      for (let channel = 0; channel < 3; channel += 1) pixels.data[at + channel] += grain;
    }
    brush.putImageData(pixels, 0, 0);
    let best;
    for (const quality of [0.95, 0.92, 0.9, 0.87, 0.85, 0.8, 0.75, 0.7, 0.6]) {
      best = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", quality));
      if (best.size < 4.4e6) break;
    }
    const bytes = new Uint8Array(await best.arrayBuffer());
    let text = "";
    for (let at = 0; at < bytes.length; at += 32_768)
      text += String.fromCharCode(...bytes.subarray(at, at + 32_768));
    return btoa(text);
  });
  const bytes = Buffer.from(base64, "base64");
  writeFileSync(file, bytes);
  return bytes.length;
}
