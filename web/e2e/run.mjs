/**
 * `make e2e`, behind deploy/e2e/e2e.sh. Each line of the report is a promise of the Mini App that was kept; one
 * that was not does not end the run, but the run ends with an error.
 */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { accounts } from "./chapters/accounts.mjs";
import { bridge } from "./chapters/bridge.mjs";
import { bundles } from "./chapters/bundles.mjs";
import { checkout } from "./chapters/checkout.mjs";
import { devices } from "./chapters/devices.mjs";
import { frames } from "./chapters/frames.mjs";
import { history } from "./chapters/history.mjs";
import { mainWay } from "./chapters/main-way.mjs";
import { network } from "./chapters/network.mjs";
import { proofs } from "./chapters/proofs.mjs";
import { restarts } from "./chapters/restarts.mjs";
import { screens } from "./chapters/screens.mjs";
import { settings } from "./chapters/settings.mjs";
import { speed } from "./chapters/speed.mjs";
import { revive, startAll, stopAll } from "./stage/product.mjs";
import { QUIET } from "./stage/quiet.mjs";

const CHAPTERS = {
  mainWay,
  frames,
  history,
  accounts,
  checkout,
  settings,
  screens,
  restarts,
  devices,
  network,
  proofs,
  bridge,
  speed,
  bundles,
};
const { CHAPTER, DOCS, FOLDER, ROOT } = process.env;

const report = [];
/** Tables and figures of chapters, as Markdown. */
const figures = [];
const broken = [];

async function kept(promise, play) {
  const started = Date.now();
  const seconds = () => `${((Date.now() - started) / 1000).toFixed(1)} s`;
  try {
    const more = await play();
    report.push(`| ${promise}${more ? `: ${more}` : ""} | ${seconds()} |`);
    console.error(`✓ ${promise}${more ? `: ${more}` : ""} (${seconds()})`);
  } catch (why) {
    broken.push(promise);
    report.push(`| **not kept**: ${promise} | ${seconds()} |`);
    console.error(`✗ ${promise} (${seconds()})\n${why.stack}`);
  }
}

async function play() {
  const pictures = join(FOLDER, "pictures");
  // Those that docs/ shows.
  const shown = DOCS ? join(ROOT, "docs/images") : join(pictures, "docs");
  for (const folder of [pictures, join(shown, "mini-app"), join(FOLDER, "logs")])
    mkdirSync(folder, { recursive: true });
  const wanted = CHAPTER ? CHAPTER.split(",") : Object.keys(CHAPTERS);
  const unknown = wanted.filter((name) => !CHAPTERS[name]);
  if (unknown.length > 0) throw new Error(`no chapter ${unknown}: there are ${Object.keys(CHAPTERS)}`);
  await startAll();
  const executablePath = ["/usr/bin/chromium", "/usr/bin/chromium-browser"].find(existsSync);
  const browser = await chromium.launch({ executablePath, args: QUIET });
  try {
    const stage = { browser, kept, pictures, shown, figures, executablePath };
    // What breaks between the promises of a chapter does not end the run either.
    for (const name of wanted) {
      await revive();
      await kept(`all of ${name}`, () => CHAPTERS[name](stage));
    }
  } finally {
    await browser.close();
  }
}

try {
  await play();
  const table = `| what | time |\n| --- | --- |\n${report.join("\n")}\n`;
  writeFileSync(join(FOLDER, "report.md"), [table, ...figures].join("\n"));
  if (broken.length > 0) throw new Error(`not kept:\n${broken.join("\n")}`);
} catch (why) {
  console.error(why.message);
  process.exitCode = 1;
} finally {
  await stopAll();
}
