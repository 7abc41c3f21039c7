// Fills the ${NAMES} in workflows/n8n/ with the environment and writes the files to a folder, for `n8n
// import:credentials` and `n8n import:workflow`:
//
//   node deploy/n8n/fill.mjs <folder>
//
// N8N_TRIGGER_ID is part of the address of the trigger and of the secret that Telegram sends to it: a random one
// (openssl rand -hex 24), kept, for each n8n.

import { chmodSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const WORKFLOWS = fileURLToPath(new URL('../../workflows/n8n/', import.meta.url));

/** Writes the filled files; returns the names of the workflows. */
export function fill(folder, env) {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const names = readdirSync(WORKFLOWS).filter(name => name.endsWith('.json'));
  for (const name of names) {
    const text = readFileSync(join(WORKFLOWS, name), 'utf8');
    const filled = text.replace(/\$\{([A-Z0-9_]+)\}/g, (_, variable) => {
      if (!env[variable]) throw new Error(`${variable} is not set, which ${name} needs`);
      return JSON.stringify(env[variable]).slice(1, -1);
    });
    const file = join(folder, name);
    writeFileSync(file, filled, { mode: 0o600 });
    chmodSync(file, 0o600);
  }
  return names.filter(name => !name.startsWith('credentials'));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const folder = process.argv[2];
  if (!folder) throw new Error('name the folder to write to');
  fill(folder, process.env);
}
