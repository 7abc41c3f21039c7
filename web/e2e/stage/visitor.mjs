/** A person who comes by e-mail, in a browser of their own. */
import { strict as assert } from "node:assert";
import { call } from "../../../deploy/n8n/stage.mjs";
import { api, sandbox, until } from "./product.mjs";

let last = 0;

export class Visitor {
  static PASSWORD = "grounds-at-the-rim-7";

  constructor(language = "en") {
    last += 1;
    this.email = `visitor-${process.pid}-${last}@example.org`;
    this.language = language;
    /** Letters that were read already. */
    this.read = new Set();
  }

  asks(method, path, body, headers = {}) {
    return call(method, `${api}${path}`, { body, headers: { "accept-language": this.language, ...headers } });
  }

  async signs(path, body) {
    const answer = await this.asks("POST", path, { email: this.email, password: Visitor.PASSWORD, ...body });
    assert.ok(answer.status < 300, JSON.stringify(answer));
    return answer.body;
  }

  /** The link of the next letter to a page of this name. */
  linkTo(page) {
    return until(`a letter with a link to ${page}`, 30, async () => {
      const inbox = await (await fetch(`${sandbox}/mail?to=${encodeURIComponent(this.email)}`)).text();
      for (const [, id] of inbox.matchAll(/href="\/mail\/([0-9a-f-]+)"/g)) {
        if (this.read.has(id)) continue;
        const letter = await (await fetch(`${sandbox}/mail/${id}`)).text();
        const link = new RegExp(`https?://[^\\s<"]+/auth/${page}[^\\s<"]*`).exec(letter);
        if (!link) continue;
        this.read.add(id);
        return link[0].replaceAll("&amp;", "&");
      }
      return undefined;
    });
  }

  async opensBrowser(browser, options = {}) {
    const { width = 390, height = 844, theme = "light" } = options;
    const device = {
      viewport: { width, height },
      hasTouch: width < 1000,
      locale: this.language,
      colorScheme: theme,
    };
    this.options = { width };
    this.context = await browser.newContext(device);
    this.page = await this.context.newPage();
    this.problems = [];
    this.page.on("pageerror", (why) => this.problems.push(why.message));
    this.page.on("console", (said) => {
      if (said.type() === "error" && !said.text().startsWith("Failed to load resource"))
        this.problems.push(said.text());
    });
    return this.page;
  }

  /** Fills in what a page of ours asks for, presses its button, and waits until it says that it is done. */
  async fills(fields = {}) {
    const { page } = this;
    for (const input of await page.locator("form:visible input:visible").all()) {
      const name = await input.getAttribute("name");
      const known = { email: this.email, password: Visitor.PASSWORD, ...fields };
      await input.fill(known[name]);
    }
    await page.locator("form:visible button[type=submit], form:visible button").first().click();
  }

  async done() {
    const { page } = this;
    const said = await until("the page's answer", 20, () => page.locator("#answer").textContent());
    assert.equal(said, await page.locator("#answer").getAttribute("data-done"));
  }

  /** A call that the open page makes, with the cookies of this browser. */
  fetches(method, path, body) {
    const asked = { method, path, body, language: this.language };
    return this.page.evaluate(async ({ method, path, body, language }) => {
      const headers = { "Accept-Language": language };
      if (body) headers["Content-Type"] = "application/json";
      const answer = await fetch(path, { method, headers, body: body && JSON.stringify(body) });
      const text = await answer.text();
      return { status: answer.status, body: text ? JSON.parse(text) : undefined };
    }, asked);
  }

  /** The bytes of an answer to the open page. */
  async bytes(path) {
    const asked = { path, language: this.language };
    const text = await this.page.evaluate(async ({ path, language }) => {
      const answer = await fetch(path, { headers: { "Accept-Language": language } });
      if (!answer.ok) throw new Error(`${answer.status} ${path}`);
      const bytes = new Uint8Array(await answer.arrayBuffer());
      return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
    }, asked);
    return Buffer.from(text, "base64");
  }

  assertNoProblems() {
    assert.deepEqual(this.problems, []);
  }

  async close() {
    await this.context?.close();
  }
}
