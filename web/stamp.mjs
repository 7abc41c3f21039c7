// Writes down of which sources the committed build was made, so that a stale one is found without Node:
// `api/tests/it/web.rs` computes the same digest. Takes the folder of the build, if it is not the committed one.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

const root = import.meta.dirname;
const files = readdirSync(join(root, "mini-app/src"), { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && !entry.name.includes(".test."))
  .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1));
const others = ["client/src/index.ts", "mini-app/index.html", "mini-app/vite.config.ts", "package-lock.json"];

const digest = createHash("sha256");
for (const file of [...files, ...others].sort()) {
  digest.update(`${file}\n`).update(readFileSync(join(root, file)));
}
const built = resolve(process.argv[2] ?? join(root, "mini-app/dist"));
writeFileSync(join(built, "sources.sha256"), `${digest.digest("hex")}\n`);
