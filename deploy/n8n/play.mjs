// `make n8n`, behind n8n.sh: a real n8n with the workflows of workflows/n8n/, the product and the sandbox, in both
// shapes of docs/N8N.md. Each line of the report is a promise that was kept; the first that is not ends it.

import { strict as assert } from 'node:assert';
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fill } from './fill.mjs';
import { Gate, Processes, call, until } from './stage.mjs';

const { ROOT, FOLDER, BINARIES, PROGRAM, N8N_PORT, N8N_BROKER_PORT, PORT, SANDBOX_ADDR } = process.env;
const sandbox = `http://${SANDBOX_ADDR}`;
const n8n = `http://127.0.0.1:${N8N_PORT}`;
const api = `http://127.0.0.1:${PORT}`;
const N8N = join(PROGRAM, 'node_modules/n8n/bin/n8n');
const CALLBACK = '/webhook/symancy-result';
const PHOTO = new Blob([readFileSync(join(ROOT, 'fixtures/coffee-cup.png'))], { type: 'image/png' });

const processes = new Processes(join(FOLDER, 'logs'));
const toApi = await new Gate(api).open();
const toN8n = await new Gate(n8n).open();
const report = [];
let person = 2000;

const secrets = {
  N8N_WEBHOOK_KEY: randomBytes(24).toString('hex'),
  N8N_WEBHOOK_SECRET: `whsec_${Buffer.from(randomBytes(32).toString('hex')).toString('base64')}`,
  N8N_TRIGGER_ID: randomBytes(24).toString('hex'),
};
const product = { ...process.env, ...secrets, N8N_WEBHOOK_RESULT: toN8n.url + CALLBACK };
const ofN8n = {
  PATH: process.env.PATH,
  HOME: join(FOLDER, 'home'),
  N8N_USER_FOLDER: join(FOLDER, 'home'),
  N8N_ENCRYPTION_KEY: randomBytes(24).toString('hex'),
  N8N_LISTEN_ADDRESS: '127.0.0.1',
  N8N_PORT,
  N8N_RUNNERS_ENABLED: 'true',
  N8N_RUNNERS_BROKER_PORT: N8N_BROKER_PORT,
  WEBHOOK_URL: `${n8n}/`,
  N8N_DISABLE_UI: 'true',
  N8N_DIAGNOSTICS_ENABLED: 'false',
  N8N_VERSION_NOTIFICATIONS_ENABLED: 'false',
  N8N_TEMPLATES_ENABLED: 'false',
  N8N_PERSONALIZATION_ENABLED: 'false',
  EXTERNAL_FRONTEND_HOOKS_URLS: '',
  N8N_BLOCK_ENV_ACCESS_IN_NODE: 'false',
  SYMANCY_API_URL: toApi.url,
  SYMANCY_WEBHOOK_SECRET: secrets.N8N_WEBHOOK_SECRET,
};

async function kept(promise, play) {
  const started = Date.now();
  const more = await play();
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  report.push(`| ${promise}${more ? `: ${more}` : ''} | ${seconds} s |`);
  console.error(`✓ ${promise}${more ? `: ${more}` : ''} (${seconds} s)`);
}

// --- n8n, the product and a person -------------------------------------------------------------------------------

function importAll() {
  const filled = join(FOLDER, 'filled');
  const workflows = fill(filled, product);
  processes.run('import', N8N, ['import:credentials', `--input=${join(filled, 'credentials.template.json')}`], ofN8n);
  for (const name of workflows) {
    processes.run('import', N8N, ['import:workflow', `--input=${join(filled, name)}`], ofN8n);
  }
  rmSync(filled, { recursive: true });
}

function activate(id, active = true) {
  processes.run('import', N8N, ['update:workflow', `--id=${id}`, `--active=${active}`], ofN8n);
}

/** Ready is what has registered its webhooks: `/healthz/readiness` is true before. */
async function startN8n() {
  processes.start('n8n', N8N, ['start'], ofN8n);
  await until('n8n serves its webhooks', 180, async () => (await call('POST', n8n + CALLBACK)).status === 403);
}

async function startProduct(env) {
  processes.start('api', join(BINARIES, 'api'), [], env);
  await until('the API is ready', 60, async () => (await call('GET', `${api}/v1/ready`)).status === 200);
  processes.start('worker', join(BINARIES, 'worker'), [], env);
}

const webhook = async () => (await call('GET', `${sandbox}/control/bots`)).body.bots[0]?.webhook_url ?? '';
const faults = (method, body) => call(method, `${sandbox}/control/faults`, { body });
const ofPerson = path => `${sandbox}/control/users/${person}/${path}`;
const says = text => call('POST', ofPerson('messages'), { body: { text, language_code: 'en' } });
const texts = async () => {
  const { body } = await call('GET', ofPerson('messages'));
  const ofBot = body.messages.filter(one => one.sender === 'bot');
  return ofBot.map(one => ({ ...one, text: one.text || one.caption || '' }));
};
const asksForConsent = one => one.buttons.flat().some(button => button.callback_data?.startsWith('consent:'));
const readings = async () => {
  const long = (await texts()).filter(one => one.text.length > 150 && !asksForConsent(one));
  return long.filter(one => !one.text.includes('Symancy'));
};
const messageWith = (what, seconds, words) =>
  until(what, seconds, async () => (await texts()).find(one => one.text.includes(words)));

/** Waits for so many answers: a message may stand in the chat before the call that has sent it is answered. */
const answered = (relay, of, count) =>
  until(`${count} answers of ${of}`, 10, async () => relay.count(...of) === count);

async function sendsPhoto() {
  const form = new FormData();
  form.append('photo', PHOTO, 'cup.png');
  form.append('language_code', 'en');
  assert.equal((await call('POST', ofPerson('messages'), { body: form })).status, 201);
}

/** The only reading in the chat, once no callback is under way any more. */
async function oneReading(seconds) {
  await until('the reading stands in the chat', seconds, async () => (await readings()).length > 0);
  const all = await readings();
  assert.equal(all.length, 1, JSON.stringify(all.map(one => one.text.slice(0, 60))));
  return all[0];
}

// --- A: the API first ----------------------------------------------------------------------------------------------

async function apiFirst() {
  await kept('A: a photo to the API, its reading through n8n', async () => {
    await newPerson();
    await sendsPhoto();
    const reading = await oneReading(90);
    assert.equal(reading.edited, false, 'n8n has sent it, and not the worker');
    assert.ok(reading.reply_to_message_id, 'it answers the photo');
    assert.match(reading.html, /<b>/);
    assert.doesNotMatch(reading.text, /n8n|<b>/);
    await answered(toN8n, [CALLBACK, 200], 1);
  });
  await kept('A: a callback that is refused comes again, and its reading once', async () => {
    await newPerson();
    let left = 2;
    toN8n.refuses = () => (left-- > 0 ? 503 : undefined);
    const before = toN8n.count(CALLBACK, 503);
    await sendsPhoto();
    const reading = await oneReading(120);
    toN8n.refuses = () => undefined;
    assert.equal(reading.edited, false);
    await answered(toN8n, [CALLBACK, 503], before + 2);
  });
  await kept('A: a workflow that fails before it answers (an empty 200 of n8n) is asked again', async () => {
    await newPerson();
    const before = toN8n.calls.length;
    await faults('PATCH', { ai: { latency_ms: 2000 } });
    await sendsPhoto();
    await until('the announcement', 60, async () => (await texts()).length > 0);
    await faults('PUT', { telegram: { methods: { sendMessage: { error_rate: 1, status: 500, times: 1 } } } });
    const reading = await oneReading(120);
    await faults('DELETE');
    assert.equal(reading.edited, false);
    const answers = toN8n.calls.slice(before).map(seen => seen.status);
    assert.ok(answers.length >= 2, 'it was asked again');
    await until('the report of the failure', 60, async () => toApi.count('/v1/n8n/errors', 204) === 1);
    return `n8n answered ${answers.join(', ')}`;
  });
  await kept('A: a call with a wrong signature is 401, with a wrong key 403', async () => {
    const headers = { 'x-symancy-key': secrets.N8N_WEBHOOK_KEY, 'webhook-id': 'x', 'webhook-signature': 'v1,x' };
    headers['webhook-timestamp'] = String(Math.floor(Date.now() / 1000));
    assert.equal((await call('POST', n8n + CALLBACK, { headers, body: { html: ['x'] } })).status, 401);
    headers['x-symancy-key'] = 'wrong';
    assert.equal((await call('POST', n8n + CALLBACK, { headers, body: { html: ['x'] } })).status, 403);
  });
  await kept('A: n8n is killed: the reading stands in the chat once', async () => {
    await newPerson();
    await processes.end('n8n', 'SIGKILL');
    await sendsPhoto();
    await until('n8n is asked', 90, async () => toN8n.count(CALLBACK, 502) > 0);
    await startN8n();
    const reading = await oneReading(180);
    return reading.edited ? 'the worker has sent it after its last try' : 'n8n has sent it after its return';
  });
  await kept('A: n8n stays away: the worker sends the reading by itself', async () => {
    await newPerson();
    await processes.end('n8n', 'SIGKILL');
    await sendsPhoto();
    assert.equal((await oneReading(180)).edited, true, 'a slot of the worker');
    await startN8n();
  });
}

// --- B: n8n first --------------------------------------------------------------------------------------------------

async function n8nFirst() {
  person += 1;
  await kept('B: a command goes through n8n to our webhook', async () => {
    await says('/start');
    await messageWith('the greeting', 60, 'Symancy');
    await answered(toApi, ['/v1/webhooks/telegram', 200], 1);
  });
  await kept('B: a photo of a person who has not agreed: asked, a button pressed, read', async () => {
    // The greeting asks for it too.
    person += 1;
    await sendsPhoto();
    await oneReading(120);
    await answered(toApi, ['/v1/analyses', 403], 1);
  });
  await kept('B: a photo through n8n to a reading in the chat', async () => {
    await newPerson();
    await sendsPhoto();
    await messageWith('the announcement of n8n', 60, 'Analysis started');
    assert.equal((await oneReading(120)).edited, false);
    await answered(toApi, ['/v1/analyses', 202], 1);
  });
  await kept('B: a question is handed over; it says what it costs, and is answered once that is accepted', async () => {
    const before = (await texts()).length;
    await says('What does it say about travels?');
    const pressed = one => one.buttons.flat().find(button => button.callback_data?.startsWith('answer:'));
    const cost = await until('what it costs', 60, async () => (await texts()).find(pressed));
    const body = { message_id: cost.message_id, data: pressed(cost).callback_data };
    await call('POST', ofPerson('callbacks'), { body });
    await until('the answer', 90, async () => (await texts()).length > before + 1);
    await answered(toApi, ['/v1/analyses', 202], 1);
  });
  await kept('B: a checkout through n8n within ten seconds', async () => {
    const headers = { 'x-api-key': process.env.N8N_API_KEY, 'x-telegram-user-id': String(person) };
    const order = { tier: 'BASIC', provider: 'telegram_stars' };
    const { body } = await call('POST', `${api}/v1/subscriptions/purchase`, { headers, body: order });
    const started = Date.now();
    const paid = await call('POST', ofPerson('payments'), { body: { invoice: body.payment_url } });
    const seconds = (Date.now() - started) / 1000;
    assert.equal(paid.status, 201, JSON.stringify(paid.body));
    await messageWith('"paid", through n8n', 60, 'Payment received');
    return `answered after ${seconds.toFixed(1)} s`;
  });
  await kept('B: what a node could not hand over arrives by the error workflow', async () => {
    person += 1;
    const before = toApi.count('/v1/n8n/errors', 204);
    toApi.refuses = request => (request.url === '/v1/webhooks/telegram' ? 503 : undefined);
    await says('/start');
    await messageWith('the greeting', 120, 'Symancy');
    toApi.refuses = () => undefined;
    await answered(toApi, ['/v1/n8n/errors', 204], before + 1);
    const all = (await texts()).map(one => one.text);
    assert.equal(all.length, 1, all.join('\n'));
    return `after ${toApi.count('/v1/webhooks/telegram', 503)} tries`;
  });
  await kept('B: n8n is killed: what was sent meanwhile is answered after its return', async () => {
    person += 1;
    await processes.end('n8n', 'SIGKILL');
    await says('/start');
    await startN8n();
    await messageWith('the greeting', 120, 'Symancy');
  });
}

/** Another person, who has given their consent in the Mini App. */
async function newPerson() {
  person += 1;
  const { body } = await call('GET', ofPerson('init-data'));
  const headers = { 'x-telegram-init-data': body.init_data };
  const consent = { terms_of_use: true, privacy_policy: true };
  const agreed = await call('PUT', `${api}/v1/users/me/consents`, { headers, body: consent });
  assert.equal(agreed.status, 200, JSON.stringify(agreed.body));
}

async function route() {
  await kept('route: the updates of a person that the API handles are handed over', async () => {
    person += 1;
    await says('/start');
    await messageWith('the greeting', 60, 'Symancy');
    await answered(toApi, ['/v1/rollout/', 200], 1);
  });
}

// --- the run ---------------------------------------------------------------------------------------------------------

async function play() {
  mkdirSync(join(FOLDER, 'home'), { recursive: true });
  processes.start('sandbox', join(BINARIES, 'sandbox'), [], process.env);
  await until('the sandbox', 60, async () => (await call('GET', `${sandbox}/control/health`)).status === 200);
  importAll();
  activate('symancyResult');
  await startN8n();
  await startProduct(product);
  await until("the API's webhook", 60, async () => (await webhook()).startsWith(api));
  await apiFirst();

  await processes.end('worker');
  await processes.end('api');
  await processes.end('n8n');
  activate('symancyBot');
  const { TELEGRAM_WEBHOOK_URL: _, ...withoutWebhook } = product;
  await startProduct(withoutWebhook);
  await startN8n();
  await until("n8n's webhook", 60, async () => (await webhook()).startsWith(n8n));
  await n8nFirst();

  await processes.end('n8n');
  activate('symancyBot', false);
  activate('symancyRoute');
  await startN8n();
  await until("the route's webhook", 60, async () => (await webhook()).startsWith(n8n));
  await route();
}

try {
  await play();
  writeFileSync(join(FOLDER, 'report.md'), `| what | time |\n| --- | --- |\n${report.join('\n')}\n`);
} catch (why) {
  const shown = gate => gate.calls.map(seen => `${seen.method} ${seen.path} ${seen.status}`).join('\n');
  console.error(`to the API:\n${shown(toApi)}\nto n8n:\n${shown(toN8n)}\n${why.stack}`);
  process.exitCode = 1;
} finally {
  await processes.endAll();
  toApi.close();
  toN8n.close();
}
