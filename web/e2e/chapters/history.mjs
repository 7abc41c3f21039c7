/** A long list of readings: each once and in its order to the end, and found by its focus and by its words. */
import { strict as assert } from "node:assert";
import { App } from "../stage/app.mjs";
import { Person, sql, until } from "../stage/product.mjs";

const COUNT = 200;
const ROW = ".history-item a";
const numbers = (from, to, step = 1) =>
  Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, at) => from + at * step);

export async function history({ browser, kept }) {
  await kept(`${COUNT} readings: each once and in order to the end, at rest while more come`, () =>
    scrolls(browser),
  );
  await kept(`${COUNT} readings: the oldest is found by its word, and a fifth by its focus`, () =>
    finds(browser),
  );
}

/** Readings "Cup <number>", an hour apart, the newest with the lowest number; the last has a word of its own. */
function drink({ id }, from, to) {
  sql(
    `INSERT INTO analysis_history
         (user_id, input_type, user_text, focus_area, status, analysis, completed_at, created_at)
     SELECT users.id, 'text', 'What do I see?',
         CASE n % 5 WHEN 0 THEN 'career' ELSE 'general' END::focus_area, 'completed',
         jsonb_build_object(
             'intro', format('Cup %s. A road leads to a hill%s.', n,
                 CASE n WHEN ${COUNT} THEN ', and a nightingale sings' ELSE repeat(' and on', n % 9) END),
             'sections', '[]'::jsonb),
         moment, moment
     FROM users, generate_series(${from}, ${to}) AS n,
         LATERAL (SELECT now() - make_interval(hours => n) AS moment) AS at
     WHERE telegram_id = ${id}`,
  );
}

async function opened(browser) {
  const person = await (await Person.new()).agrees();
  drink(person, 1, COUNT);
  const app = await App.open(browser, person, { start: "/history" });
  await app.sees(ROW);
  return app;
}

/** The numbers of the cups that are listed, from the top down. */
const listed = ({ page }) =>
  page.locator(".history-words").evaluateAll((all) => all.map((one) => Number(/\d+/.exec(one.textContent))));

/** Where a row stands on the glass, once all that has come into sight is drawn. Without a number: one in the middle. */
const stands = ({ page }, number) =>
  page.evaluate(async (wanted) => {
    const drawn = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    await drawn();
    await drawn();
    const all = [...document.querySelectorAll(".history-item")].map((row) => ({
      number: Number(/Cup (\d+)/.exec(row.textContent)?.[1]),
      top: row.getBoundingClientRect().top,
    }));
    return all.find(({ number, top }) => (wanted === null ? top > 300 : number === wanted));
  }, number ?? null);

async function isAtRest(app, before) {
  const { top } = await stands(app, before.number);
  assert.ok(Math.abs(top - before.top) < 2, `cup ${before.number} has jumped from ${before.top} to ${top}`);
}

/** A step less than a screen: what is in sight stays where it is while the next page comes. */
async function step(app) {
  await app.page.evaluate(() => window.scrollBy(0, 600));
  const before = await stands(app);
  await until(
    "the next page",
    20,
    async () => !(await app.page.locator(".history-more [aria-busy=true]").count()),
  );
  if (before) await isAtRest(app, before);
}

async function toTheEnd(app, count) {
  for (let steps = 0; steps < count; steps += 1) {
    if (!(await app.page.locator(".history-more").count())) return;
    await step(app);
  }
  throw new Error(`the list does not end; the last cup is ${(await listed(app)).at(-1)}`);
}

async function scrolls(browser) {
  const app = await opened(browser);
  const { page, person } = app;
  assert.ok((await listed(app)).length < 50, "the list begins with a part");
  await toTheEnd(app, COUNT);
  assert.deepEqual(await listed(app), numbers(1, COUNT));
  const elements = await page.locator(".history *").count();
  assert.ok(elements < COUNT * 25, `${elements} elements`);
  // Half way up, a reading is opened and left, and another device drinks one more cup.
  await page.evaluate(() => window.scrollTo(0, document.body.scrollHeight / 2));
  const middle = await stands(app);
  await page
    .locator(ROW)
    .nth(middle.number - 1)
    .click();
  await app.reads();
  await app.goesBack();
  await app.sees(ROW);
  await isAtRest(app, middle);
  drink(person, 0, 0);
  await until("the new one after a return", 20, async () => {
    await app.hears("visibility_changed", { is_visible: false });
    await app.hears("visibility_changed", { is_visible: true });
    return (await listed(app))[0] === 0;
  });
  assert.deepEqual(await listed(app), numbers(0, COUNT));
  await isAtRest(app, middle);
  app.assertNoProblems();
  await app.close();
  return `${elements} elements`;
}

async function finds(browser) {
  const app = await opened(browser);
  const search = app.page.locator(".history-search input");
  await search.fill("nightingale");
  await until("the oldest alone", 20, async () => (await listed(app)).join() === String(COUNT));
  await search.fill("");
  await until("all", 20, async () => (await listed(app)).length > 1);
  await app.page.locator('.history-filter input[value="career"]').check({ force: true });
  await until("a fifth", 20, async () => (await listed(app))[0] === 5);
  await toTheEnd(app, COUNT);
  assert.deepEqual(await listed(app), numbers(5, COUNT, 5));
  app.assertNoProblems();
  await app.close();
}
