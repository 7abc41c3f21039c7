/** What the network between the app and the API does: slow, away, cut. */
import { connect, createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

import { api } from "./product.mjs";

/** Chromium's own conditions, for one page; bytes a second. */
export async function conditions(app, { offline = false, latency = 0, down = -1, up = -1, cpu }) {
  app.wire ??= await app.context.newCDPSession(app.page);
  await app.wire.send("Network.enable");
  await app.wire.send("Network.emulateNetworkConditions", {
    offline,
    latency,
    downloadThroughput: down,
    uploadThroughput: up,
  });
  if (cpu) await app.wire.send("Emulation.setCPUThrottlingRate", { rate: cpu });
}

/**
 * A way to a port of this machine, whose connections can be cut, and whose way up can be slow: Chromium's own
 * conditions do neither to a call that is under way.
 */
export class Wire {
  /** Bytes a second that it takes from the app. */
  up = Number.POSITIVE_INFINITY;

  /** To the API, or to where its app is served from. */
  static async toApi() {
    const { port } = new URL(process.env.APP ?? api);
    const wire = new Wire();
    wire.open = new Set();
    wire.server = createServer((near) => {
      const far = connect(port, "127.0.0.1");
      for (const [one, other] of [
        [near, far],
        [far, near],
      ]) {
        wire.open.add(one);
        one.on("error", () => other.destroy());
        one.on("close", () => {
          wire.open.delete(one);
          other.destroy();
        });
      }
      far.pipe(near);
      near.on("data", (bytes) => wire.send(near, far, bytes));
    });
    await new Promise((resolve) => wire.server.listen(0, "127.0.0.1", resolve));
    wire.url = `http://127.0.0.1:${wire.server.address().port}`;
    return wire;
  }

  async send(near, far, bytes) {
    const step = this.up / 10;
    if (bytes.length <= step) return far.write(bytes);
    near.pause();
    for (let at = 0; at < bytes.length && !far.destroyed; at += step) {
      far.write(bytes.subarray(at, at + step));
      await sleep(100);
    }
    near.resume();
  }

  /** How many connections there were. */
  cut() {
    const count = this.open.size / 2;
    for (const socket of this.open) socket.destroy();
    return count;
  }

  close() {
    this.cut();
    this.server.close();
  }
}

/** The next call of this kind does its work, and its answer is lost. Whether that has happened. */
export async function loseAnswer(app, method, pattern) {
  const lost = { count: 0 };
  await app.page.route(pattern, async (route) => {
    if (route.request().method() !== method || lost.count > 0) return route.fallback();
    lost.count += 1;
    await route.fetch();
    await route.abort("connectionreset");
  });
  return lost;
}
