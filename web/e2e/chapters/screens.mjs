/** Each screen in three languages, three widths, light and dark: pictures to look at, and what axe says. */
import { App } from "../stage/app.mjs";
import { look } from "../stage/looks.mjs";
import { during, Person } from "../stage/product.mjs";
import { conditions } from "../stage/wires.mjs";
import { LANGUAGES } from "./main-way.mjs";

const SIZES = [
  [390, 844],
  [320, 640],
  [1280, 800],
];
const PAGES = [
  "language",
  "zone",
  "notices",
  "data",
  "delete",
  "consents",
  "privacy",
  "terms",
  "support",
  "about",
];

export async function screens({ browser, kept, pictures }) {
  for (const language of LANGUAGES) {
    const person = await (await Person.new(language)).agrees();
    const { id } = await person.reads(language);
    await person.asks("POST", `/v1/analyses/${id}/feedback`, { rating: 5, feedback_text: null });
    for (const theme of ["light", "dark"]) {
      for (const [width, height] of SIZES) {
        const options = { theme, width, height };
        const like = `${language}-${theme}-${width}`;
        if (!like.startsWith(process.env.LOOK ?? "")) continue;
        const show = (app, name) => look(app, `${like}-${name}`, pictures);
        await kept(
          `screens, ${language}, ${theme}, ${width} px: axe finds nothing, nothing is cut off or too small`,
          async () => {
            const shown = [
              ...(await first(browser, language, options, show)),
              ...(await later(browser, person, id, options, show)),
            ];
            return `${shown.length} screens`;
          },
        );
      }
    }
  }
}

/** Of a person who has just come. */
async function first(browser, language, options, show) {
  const shown = [];
  const here = async (app, name) => {
    await show(app, name);
    shown.push(name);
  };
  const outside = await App.open(browser, await Person.new(language), { ...options, initData: "" });
  await outside.sees('a[href^="https://t.me/"]');
  await here(outside, "elsewhere");
  await outside.close();
  const app = await App.open(browser, await Person.new(language), options);
  await app.sees(".welcome");
  await here(app, "welcome");
  await app.pressesMain();
  await app.sees(".new-target");
  await here(app, "new");
  await app.goesTo("/history");
  await app.sees("main.centered h1");
  await here(app, "history-empty");
  await app.goesTo("/");
  await app.choosesPhoto();
  await here(app, "new-photo");
  await during({ ai: { latency_ms: 2500 } }, async () => {
    await app.pressesMain();
    await app.sees(".waiting");
    await here(app, "waiting");
    await app.reads();
  });
  await app.close();
  return shown;
}

/** Of a person who has been here. */
async function later(browser, person, id, options, show) {
  const shown = [];
  const here = async (name) => {
    await show(app, name);
    shown.push(name);
  };
  const app = await App.open(browser, person, { ...options, start: `/?reading=${id}` });
  await app.reads();
  await here("reading");
  await app.page.evaluate(() => window.scrollTo(0, document.body.scrollHeight));
  await here("reading-end");
  await app.pressesMain();
  await app.sees(".share img");
  await here("share");
  await app.page.keyboard.press("Escape");
  await app.seesNot(".share");
  await app.goesBack();
  for (const [tab, seen] of [
    ["history", ".history-item a"],
    ["plans", ".plans-standing"],
    ["settings", 'a[href="/app/settings/language"]'],
  ]) {
    await app.goesTo(`/${tab}`);
    await app.sees(seen);
    await here(tab);
  }
  for (const page of PAGES) {
    const from = page === "delete" ? "data" : undefined;
    if (from) await app.taps(`a[href="/app/settings/${from}"]`);
    await app.taps(`a[href="/app/settings/${page}"]`);
    await app.sees("main:not([aria-busy=true]) h1");
    await here(`settings-${page}`);
    await app.goesBack();
    if (from) await app.goesBack();
  }
  await conditions(app, { offline: true });
  await app.sees(".banner");
  await here("offline");
  await app.close();
  return shown;
}
