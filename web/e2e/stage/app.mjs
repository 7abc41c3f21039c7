/** The Mini App of one person on one device, and what they do with it. */
import { strict as assert } from "node:assert";
import { api, CUP, until } from "./product.mjs";
import { THEMES, telegramApp } from "./telegram.mjs";

const LOCALES = { en: "en-US", ru: "ru-RU", zh: "zh-CN" };

export class App {
  /**
   * Opens the app as Telegram does. `options`: theme (light, dark), version, width, height, initData, startParam,
   * start (path and query below /app), origin (where the app is served), context (of an earlier opening: the same device).
   */
  static async open(browser, person, options = {}) {
    const app = await App.prepare(browser, person, options);
    await app.page.goto(await app.address());
    return app;
  }

  /** A device on which the app is not opened yet. */
  static async prepare(browser, person, options = {}) {
    const app = new App();
    app.options = { theme: "light", version: "9.5", width: 390, height: 844, start: "/", ...options };
    app.person = person;
    const { width, height } = app.options;
    const device = { viewport: { width, height }, hasTouch: width < 1000, locale: LOCALES[person.language] };
    app.context = options.context ?? (await browser.newContext(device));
    app.page = await app.context.newPage();
    app.problems = [];
    app.page.on("pageerror", (why) => app.problems.push(why.message));
    app.page.on("console", (said) => {
      // A call that is refused or cut is noted by the browser itself.
      if (said.type() === "error" && !said.text().startsWith("Failed to load resource"))
        app.problems.push(said.text());
    });
    await app.page.exposeBinding("payInvoice", (_, slug) => person.pays(slug));
    await app.page.exposeBinding("cloudStorage", (_, method, params) => person.stored(method, params));
    const { version, theme } = app.options;
    await app.page.addInitScript(telegramApp, { version, theme: THEMES[theme] });
    return app;
  }

  async address() {
    const { version, theme, start, startParam, initData, origin } = this.options;
    const hash = new URLSearchParams({
      tgWebAppData: initData ?? (await this.person.initData()),
      tgWebAppVersion: version,
      tgWebAppPlatform: "android",
      tgWebAppThemeParams: JSON.stringify(THEMES[theme]),
    });
    if (startParam) hash.set("tgWebAppStartParam", startParam);
    return `${origin ?? process.env.APP ?? api}/app${start}#${hash}`;
  }

  /** Closed and opened again on the same device: nothing is left of the page but what it has stored. */
  async reopen(more = {}) {
    await this.page.close();
    const { initData: _, ...options } = this.options;
    return App.open(undefined, this.person, { ...options, ...more, context: this.context });
  }

  async close() {
    await this.context.close();
  }

  /** The first element that is seen of a selector; waits for it. */
  async sees(selector, seconds = 20) {
    const found = this.page.locator(selector).first();
    await found.waitFor({ state: "visible", timeout: seconds * 1000 }).catch(async (why) => {
      throw new Error(
        `${selector} is not seen; the page says:\n${await this.says()}\n${why.message.split("\n")[0]}`,
      );
    });
    return found;
  }

  async seesNot(selector, seconds = 20) {
    await this.page
      .locator(selector)
      .first()
      .waitFor({ state: "hidden", timeout: seconds * 1000 });
  }

  async taps(selector) {
    await (await this.sees(selector)).click();
  }

  /** What a person can read of the page. */
  says() {
    // biome-ignore lint/performance/useDomNodeTextContent: as it is seen, without what is hidden.
    return this.page.locator("body").innerText();
  }

  telegram(what) {
    return this.page.evaluate((name) => window.telegramApp[name], what);
  }

  set(what, value) {
    return this.page.evaluate((change) => void Object.assign(window.telegramApp, change), { [what]: value });
  }

  /** A message of Telegram's app. */
  hears(event, data = {}) {
    return this.page.evaluate(
      ([event, data]) => window.Telegram.WebView.receiveEvent(event, data),
      [event, data],
    );
  }

  /** Telegram's main button, once it is there and can be pressed. */
  async pressesMain() {
    await until(`the main button; the page says:\n${await this.says()}\n`, 20, async () => {
      const main = await this.telegram("main");
      return main.is_visible && main.is_active && !main.is_progress_visible;
    });
    await this.hears("main_button_pressed");
  }

  async goesBack() {
    assert.ok(await this.telegram("hasBack"), "there is a back button");
    await this.hears("back_button_pressed");
  }

  /** By the bar at the bottom. */
  async goesTo(path) {
    await this.taps(`.tabs a[href="/app${path}"]`);
  }

  async choosesPhoto(file = CUP) {
    await this.page.locator(".new-target input[type=file]").setInputFiles(file);
    await this.sees(".new-picture");
  }

  /** Waits for the finished letter. */
  async reads(seconds = 60) {
    const letter = await this.sees(".reading:not(.waiting) [data-reading-text]", seconds);
    return letter.textContent();
  }

  /** The id of the reading that is shown. */
  readingId() {
    return new URL(this.page.url()).pathname.match(/readings\/([^/]+)/)?.[1];
  }

  posted(event) {
    return this.page.evaluate(
      (event) => window.telegramApp.posts.filter((post) => post.event === event),
      event,
    );
  }

  /** Scripts that failed or were refused. */
  assertNoProblems() {
    assert.deepEqual(this.problems, []);
  }
}
