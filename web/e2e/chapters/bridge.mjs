/**
 * Our wrapper beside Telegram's own script (as npm's @twa-dev/sdk carries it): the same acts post the same
 * messages to Telegram's app, and the same answers of it lead to the same result.
 */
import { strict as assert } from "node:assert";
import { createRequire } from "node:module";
import { join } from "node:path";
import preact from "@preact/preset-vite";
import { build } from "vite";
import { acts } from "../bridge/acts.mjs";

const here = import.meta.dirname;
const OFFICIAL = createRequire(import.meta.url)
  .resolve("@twa-dev/sdk")
  .replace("index.js", "telegram-web-apps.js");
/** What Telegram's script says by itself, and we do not: the colour that the bar has anyway, a button we have not. */
const NOT_OURS = ["web_app_set_bottom_bar_color", "web_app_setup_secondary_button"];
const NEWEST = "9.5";
const VERSIONS = [NEWEST, "6.1"];

export async function bridge({ browser, kept }) {
  const script = await ourScript();
  for (const version of VERSIONS) {
    const official = await open(browser, version, { path: OFFICIAL });
    const ours = await open(browser, version, { content: script });
    await kept(
      `the bridge posts and understands what Telegram's own script does, in version ${version}`,
      async () => {
        for (const act of acts) await compare(act, official, ours, version);
        return `${acts.length} acts`;
      },
    );
    await official.context().close();
    await ours.context().close();
  }
}

async function ourScript() {
  const built = await build({
    root: here,
    configFile: false,
    logLevel: "warn",
    plugins: [preact({ devToolsEnabled: false, prefreshEnabled: false })],
    build: { write: false, lib: { entry: join(here, "../bridge/ours.tsx"), formats: ["iife"], name: "our" } },
  });
  const { code } = built[0].output[0];
  return `${code};our.ours.telegram.start();`;
}

async function open(browser, version, script) {
  const page = await (await browser.newContext()).newPage();
  await page.addInitScript(() => {
    window.posts = [];
    window.TelegramWebviewProxy = {
      postEvent: (event, data) => window.posts.push({ event, data: JSON.parse(data) }),
    };
  });
  await page.route("**/*", (route) =>
    route.fulfill({ contentType: "text/html", body: "<!doctype html><body>" }),
  );
  const theme = {
    bg_color: "#ffffff",
    secondary_bg_color: "#efeff4",
    button_color: "#2481cc",
    button_text_color: "#ffffff",
  };
  const hash = new URLSearchParams({
    tgWebAppData: "user=%7B%22id%22%3A3401%7D&auth_date=1&hash=0",
    tgWebAppVersion: version,
    tgWebAppPlatform: "android",
    tgWebAppThemeParams: JSON.stringify(theme),
  });
  await page.goto(`http://symancy.example/#${hash}`);
  await page.addScriptTag(script);
  return page;
}

async function compare(act, official, ours, version) {
  const theirs = await play(act, act.official, official, "app");
  const own = await play(act, act.ours, ours, "our", theirs.asked);
  const what = `${act.name}, version ${version}`;
  assert.deepEqual(own.posts, theirs.posts, what);
  assert.ok(version !== NEWEST || "value" in theirs.result, `${what}: ${JSON.stringify(theirs.result)}`);
  // What an old app has not, Telegram's script refuses, and ours does what is next best.
  if ("value" in theirs.result) assert.deepEqual(own.result, theirs.result, what);
}

/** What was posted, and what the page learned of it. */
async function play(act, code, page, side, expected = 0) {
  await page.evaluate(
    ({ code, args, side, keep }) => {
      if (!keep) window.posts = [];
      window.result = undefined;
      const of = side === "app" ? window.Telegram.WebApp : window.our.ours;
      const learned = (async () => new Function(`return (${code})`)()(of, ...args))();
      learned.then(
        (value) => (window.result = { value: value ?? null }),
        (why) => (window.result = { thrown: why.message }),
      );
    },
    { code: code.toString(), args: act.args ?? [], side, keep: act.sinceLoad === true },
  );
  await page.waitForFunction((count) => window.posts.length >= count || window.result?.thrown, expected);
  // Effects of Preact run after the next frame.
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 20))));
  const { asked, last } = await page.evaluate(() => ({
    asked: window.posts.length,
    last: window.posts.at(-1),
  }));
  const answers = typeof act.answers === "function" ? (last ? act.answers(last) : []) : (act.answers ?? []);
  for (const [event, data] of answers) {
    await page.evaluate(([event, data]) => window.Telegram.WebView.receiveEvent(event, data), [event, data]);
  }
  await page.waitForFunction(() => window.result, undefined, { timeout: 2_000 }).catch(() => undefined);
  const result = (await page.evaluate(() => window.result)) ?? { nothing: true };
  return {
    asked: act.lastOnly || act.sinceLoad ? 0 : asked,
    posts: tidied(act, await page.evaluate(() => window.posts)),
    result,
  };
}

function tidied(act, posts) {
  let all = posts.filter(({ event }) => !NOT_OURS.includes(event));
  for (const { data } of all) if (data?.req_id) data.req_id = "any";
  if (act.lastOnly) all = all.slice(-1);
  if (act.sinceLoad) all = [...new Map(all.map((post) => [post.event, post])).values()];
  if (act.anyOrder || act.sinceLoad) all.sort((a, b) => (a.event < b.event ? -1 : 1));
  return all;
}
