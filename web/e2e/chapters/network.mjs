/** A network that is slow, away for a while, or cuts: nothing is lost, and the person is told. */
import { strict as assert } from "node:assert";
import { setTimeout as sleep } from "node:timers/promises";
import { App } from "../stage/app.mjs";
import { during, Person, until } from "../stage/product.mjs";
import { conditions, Wire } from "../stage/wires.mjs";

const AWAY = { offline: true };

export async function network({ browser, kept }) {
  await kept("offline in mid-upload: the photo is kept, and sent when the network is back", () =>
    midUpload(browser),
  );
  await kept("offline, and the app closed: the photo is sent at the next opening", () => closed(browser));
  await kept("the events of a reading are cut again and again: it is shown whole, once", () => cut(browser));
  await kept("offline while a reading comes into being: it is there when the network is back", () =>
    waiting(browser),
  );
  await kept("a network of 20 KB a second with 600 ms of latency: the way is slow, and works", () =>
    slow(browser),
  );
  await kept("what is known is shown while offline", () => known(browser));
}

const opened = async (browser, options) => App.open(browser, await (await Person.new()).agrees(), options);

async function midUpload(browser) {
  const wire = await Wire.toApi();
  const app = await opened(browser, { origin: wire.url });
  await app.choosesPhoto();
  wire.up = 6_000;
  await app.pressesMain();
  await app.sees("[role=progressbar]");
  await sleep(1_000);
  await conditions(app, AWAY);
  wire.cut();
  await app.sees(".new-panel h2");
  await app.sees(".banner");
  wire.up = Number.POSITIVE_INFINITY;
  await conditions(app, {});
  await app.reads();
  assert.equal((await app.person.readings()).length, 1);
  app.assertNoProblems();
  await app.close();
  wire.close();
}

async function closed(browser) {
  const app = await opened(browser);
  await app.choosesPhoto();
  await conditions(app, AWAY);
  await app.pressesMain();
  await app.sees(".new-panel h2");
  const again = await app.reopen();
  await again.reads();
  assert.equal((await again.person.readings()).length, 1);
  await again.close();
}

async function cut(browser) {
  const wire = await Wire.toApi();
  const app = await opened(browser, { origin: wire.url });
  let cuts = 0;
  await during({ ai: { latency_ms: 1500 } }, async () => {
    await app.choosesPhoto();
    await app.pressesMain();
    await app.sees(".waiting");
    while (!(await app.page.locator(".reading:not(.waiting)").count())) {
      await sleep(600);
      cuts += wire.cut();
      assert.ok(cuts < 200, "it never ended");
    }
  });
  const text = await app.reads();
  const [stored] = await app.person.readings();
  assert.ok(text.includes(stored.analysis.intro.split("\n")[0]));
  app.assertNoProblems();
  await app.close();
  wire.close();
  return `${cuts} connections cut`;
}

async function waiting(browser) {
  const app = await opened(browser);
  await during({ ai: { latency_ms: 2500 } }, async () => {
    await app.choosesPhoto();
    await app.pressesMain();
    await app.sees(".waiting");
    await conditions(app, AWAY);
    await app.sees(".banner");
    await until("the reading", 60, async () => (await app.person.readings())[0].status === "completed");
    await conditions(app, {});
    await app.reads();
  });
  await app.close();
}

async function slow(browser) {
  const person = await (await Person.new()).agrees();
  const app = await App.open(browser, person, { start: "/history" });
  await app.sees("main h1");
  await conditions(app, { latency: 600, down: 20_000, up: 20_000 });
  await app.page.reload();
  await app.sees("main h1", 60);
  await app.goesTo("/");
  await app.choosesPhoto();
  await app.pressesMain();
  await app.reads(90);
  app.assertNoProblems();
  await app.close();
}

async function known(browser) {
  const person = await (await Person.new()).agrees();
  await person.reads();
  const app = await App.open(browser, person);
  await app.goesTo("/history");
  await app.taps(".history-item a");
  const text = await app.reads();
  await app.goesBack();
  await app.sees(".history-item a");
  await conditions(app, AWAY);
  await app.taps(".history-item a");
  assert.equal((await app.reads()).slice(0, 100), text.slice(0, 100));
  await app.close();
}
