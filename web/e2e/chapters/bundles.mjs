/** What a first opening loads of the built app, compressed as the API does it, against the budget. */
import { strict as assert } from "node:assert";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

const DIST = join(process.env.ROOT, "web/mini-app/dist");
const BUDGET = { js: 35_000, css: 8_000 };

const size = (file) => gzipSync(readFileSync(join(DIST, "assets", file)), { level: 9 }).length;

export async function bundles({ kept, figures }) {
  const page = readFileSync(join(DIST, "index.html"), "utf8");
  const first = [...page.matchAll(/\/app\/assets\/([^"]+)/g)].map(([, file]) => file);
  const sum = (kind) =>
    first.filter((file) => file.endsWith(`.${kind}`)).reduce((all, file) => all + size(file), 0);
  await kept("the first load keeps its budget", async () => {
    const [js, css] = [sum("js"), sum("css")];
    assert.ok(js <= BUDGET.js && css <= BUDGET.css, `${js} bytes of JavaScript, ${css} of CSS`);
    return `${js} bytes of JavaScript, ${css} of CSS`;
  });
  const rows = readdirSync(join(DIST, "assets"))
    .map((file) => [file.replace(/-[\w-]{8}\./, "."), first.includes(file) ? "yes" : "", size(file)])
    .sort((one, other) => other[2] - one[2])
    .map((row) => `| ${row.join(" | ")} |`);
  figures.push(`\n| file | in the first load | bytes, gzip |\n| --- | --- | --- |\n${rows.join("\n")}\n`);
}
