// What the play of play.mjs stands on: processes, gates between them, and waiting.

import { spawn, spawnSync } from 'node:child_process';
import { openSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Polls until `check` returns something; fails with `what` after so many seconds. */
export async function until(what, seconds, check) {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const found = await check().catch(() => undefined);
    if (found) return found;
    if (Date.now() > deadline) throw new Error(`${what}: not within ${seconds} s`);
    await sleep(200);
  }
}

/** Status and JSON (or text) of a call. */
export async function call(method, url, { headers = {}, body } = {}) {
  const json = body !== undefined && !(body instanceof FormData);
  const answer = await fetch(url, {
    method,
    headers: json ? { 'content-type': 'application/json', ...headers } : headers,
    body: json ? JSON.stringify(body) : body,
  });
  const text = await answer.text();
  try {
    return { status: answer.status, body: JSON.parse(text) };
  } catch {
    return { status: answer.status, body: text };
  }
}

/** The processes of a run; their output is in files of `logs`. */
export class Processes {
  constructor(logs) {
    this.logs = logs;
    this.running = new Map();
  }

  start(name, command, args, env) {
    const log = openSync(join(this.logs, `${name}.log`), 'a');
    const child = spawn(command, args, { env, stdio: ['ignore', log, log] });
    const ended = new Promise(resolve => child.once('exit', resolve));
    this.running.set(name, { child, ended });
  }

  async end(name, signal = 'SIGTERM') {
    const process = this.running.get(name);
    if (!process) return;
    this.running.delete(name);
    process.child.kill(signal);
    await process.ended;
  }

  async endAll() {
    for (const name of ['worker', 'api', 'n8n', 'sandbox']) await this.end(name);
  }

  /** Runs a command to its end. */
  run(name, command, args, env) {
    const log = openSync(join(this.logs, `${name}.log`), 'a');
    const { status } = spawnSync(command, args, { env, stdio: ['ignore', log, log] });
    if (status !== 0) throw new Error(`${name} failed; see ${this.logs}/${name}.log`);
  }
}

/** A way to another server, which can refuse calls and remembers all of them. */
export class Gate {
  constructor(target) {
    this.target = target;
    this.calls = [];
    this.refuses = () => undefined;
    this.server = createServer((request, response) => this.pass(request, response));
  }

  async open() {
    await new Promise(resolve => this.server.listen(0, '127.0.0.1', resolve));
    this.url = `http://127.0.0.1:${this.server.address().port}`;
    return this;
  }

  close() {
    this.server.close();
    this.server.closeAllConnections();
  }

  async pass(request, response) {
    const body = [];
    for await (const piece of request) body.push(piece);
    const seen = { method: request.method, path: request.url, status: this.refuses(request) };
    this.calls.push(seen);
    let answer = '';
    const answerHeaders = {};
    if (!seen.status) {
      const { host, connection, ...headers } = request.headers;
      const content = ['GET', 'HEAD'].includes(request.method) ? undefined : Buffer.concat(body);
      delete headers['content-length'];
      try {
        const passed = await fetch(this.target + request.url, { method: request.method, headers, body: content });
        [seen.status, answer] = [passed.status, await passed.text()];
        const type = passed.headers.get('content-type');
        if (type) answerHeaders['content-type'] = type;
      } catch {
        seen.status = 502;
      }
    }
    response.writeHead(seen.status, answerHeaders);
    response.end(answer);
  }

  /** How often a path was called, with these statuses if some are named. */
  count(path, ...statuses) {
    const of = seen => seen.path.startsWith(path) && (!statuses.length || statuses.includes(seen.status));
    return this.calls.filter(of).length;
  }
}
