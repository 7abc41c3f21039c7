/** Looking at a screen: a picture of it, axe, its width, and the size of what is tapped. */
import { strict as assert } from "node:assert";
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
/** The side that a finger needs, in pixels. */
const TARGET = 44;

export async function look(app, name, pictures) {
  const { page } = app;
  await page.evaluate(async () => {
    await document.fonts.ready;
    const running = document.getAnimations().filter((one) => one.effect?.getTiming().iterations !== Infinity);
    await Promise.all(running.map((one) => one.finished.catch(() => undefined)));
  });
  writeFileSync(join(pictures, `${name}.webp`), await shot(app));
  const found = await axe(page);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  const small = app.options.width < 1000 ? await smallTargets(page) : [];
  assert.deepEqual({ found, wide: Math.max(0, wide), small }, { found: [], wide: 0, small: [] }, name);
}

/** WebP, which Playwright's own call does not make. */
export async function shot(app) {
  app.wire ??= await app.context.newCDPSession(app.page);
  const { data } = await app.wire.send("Page.captureScreenshot", { format: "webp", quality: 80 });
  return Buffer.from(data, "base64");
}

/** Pictures side by side, as one of this height in pixels. */
export async function strip(browser, pictures, path, height = 600) {
  const context = await browser.newContext({ viewport: { width: 100, height: height + 24 } });
  const page = await context.newPage();
  const images = pictures.map(
    (bytes) => `<img height="${height}" src="data:image/webp;base64,${bytes.toString("base64")}">`,
  );
  const style = "margin:0;padding:12px;display:inline-flex;gap:12px;background:#c9c9cf";
  await page.setContent(`<body style="${style}">${images.join("")}`, { waitUntil: "load" });
  const width = await page.evaluate(() => Math.ceil(document.body.getBoundingClientRect().width));
  await page.setViewportSize({ width, height: height + 24 });
  writeFileSync(path, await shot({ page, context }));
  await context.close();
}

async function axe(page) {
  // Past the page's own security policy, which allows no script of ours.
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() => window.axe.run(document));
  return violations.map(
    ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(" | ")}`,
  );
}

/** What is tapped and is too small; a link in a sentence may be. */
function smallTargets(page) {
  return page.evaluate((least) => {
    const targets = document.querySelectorAll(
      "button, .tabs a, .row, a.button, label.chip, [role=switch], input.field",
    );
    return [...targets]
      .map((target) => [target, (target.closest("label") ?? target).getBoundingClientRect()])
      .filter(
        ([, { width, height }]) => width > 0 && height > 0 && (height < least - 0.5 || width < least - 0.5),
      )
      .map(
        ([target, { width, height }]) =>
          `${Math.round(width)}x${Math.round(height)} ${target.outerHTML.slice(0, 100)}`,
      );
  }, TARGET);
}
