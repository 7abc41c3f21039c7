/** A reading in pictures, from the tap to its last word. */
import { strict as assert } from "node:assert";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { App } from "../stage/app.mjs";
import { shot, strip } from "../stage/looks.mjs";
import { during, Person } from "../stage/product.mjs";
import { conditions } from "../stage/wires.mjs";

/** Letters by which a reading grows from one picture to the next. */
const GROWTH = 120;

export async function frames({ browser, kept, shown }) {
  await kept("a reading in pictures, from the tap to its last word", async () => {
    const pictures = await sequence(browser);
    await strip(browser, pictures, join(shown, "mini-app/frames.webp"), 560);
    return `${pictures.length} of them`;
  });
}

async function sequence(browser) {
  const app = await App.open(browser, await (await Person.new()).agrees());
  await app.choosesPhoto();
  const before = await shot(app);
  // Slow enough to be seen: the photo on its way, and each step of the model.
  await conditions(app, { up: 40_000 });
  const taken = await during({ ai: { latency_ms: 1500 } }, async () => {
    await app.pressesMain();
    return watched(app);
  });
  await app.page.evaluate(() => window.scrollTo(0, 0));
  const whole = await shot(app);
  app.assertNoProblems();
  await app.close();
  const steps = taken.filter(({ letters }) => letters === 0);
  const written = taken.filter(({ letters }) => letters > 0);
  assert.ok(steps.length >= 3 && written.length > 3, taken.map(({ name }) => name).join());
  return [before, ...evenly(steps, 3), ...evenly(written.slice(1), 3), whole];
}

const evenly = (all, count) =>
  Array.from({ length: count }, (_, at) => all[Math.round((at * (all.length - 1)) / (count - 1))].picture);

/** A picture of each step, and of the text as it grows, until the reading has ended. */
async function watched(app) {
  const taken = [];
  for (let tries = 0; tries < 1_000; tries += 1) {
    const { name, letters } = await app.page.evaluate(stage);
    if (name === "ended") return taken;
    const last = taken.at(-1);
    if (name && (name !== last?.name || letters >= last.letters + GROWTH))
      taken.push({ name, letters, picture: await shot(app) });
    await sleep(40);
  }
  throw new Error(`it did not end after ${taken.at(-1)?.name}`);
}

/** What the page shows of the reading; the end of a text that grows is brought into sight. */
function stage() {
  const text = document.querySelector("[data-reading-text]");
  if (text && !text.closest(".waiting")) return { name: "ended", letters: 0 };
  if (text) {
    window.scrollTo(0, document.body.scrollHeight);
    return { name: "written", letters: text.textContent.length };
  }
  const step = document.querySelector(".waiting-now")?.textContent;
  const sent = Number(document.querySelector("[role=progressbar]")?.getAttribute("aria-valuenow") ?? 0);
  return { name: step ?? (sent > 30 ? "sending" : undefined), letters: 0 };
}
