/** What a first opening loads of the built app, compressed as the API does it, against the budget. */
import { strict as assert } from "node:assert";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

const DIST = join(process.env.ROOT, "web/mini-app/dist");
const BUDGET = { scripts: 35_000, page: 8_000 };

const size = (file) => gzipSync(readFileSync(join(DIST, file)), { level: 9 }).length;

export async function bundles({ kept, figures }) {
  const html = readFileSync(join(DIST, "index.html"), "utf8");
  const first = [...html.matchAll(/\/app\/assets\/([^"]+)/g)].map(([, file]) => file);
  await kept("the first load keeps its budget", async () => {
    const scripts = first.reduce((all, file) => all + size(join("assets", file)), 0);
    // With the stylesheet in it.
    const page = size("index.html");
    const said = `${scripts} bytes of JavaScript, a page of ${page}`;
    assert.ok(scripts <= BUDGET.scripts && page <= BUDGET.page, said);
    return said;
  });
  const rows = readdirSync(join(DIST, "assets"))
    .map((file) => [
      file.replace(/-[\w-]{8}\./, "."),
      first.includes(file) ? "yes" : "",
      size(join("assets", file)),
    ])
    .sort((one, other) => other[2] - one[2])
    .map((row) => `| ${row.join(" | ")} |`);
  figures.push(`\n| file | in the first load | bytes, gzip |\n| --- | --- | --- |\n${rows.join("\n")}\n`);
}
