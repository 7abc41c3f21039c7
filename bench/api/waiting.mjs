// Clients that wait for readings on one API process: the cost of each while idle, and how soon all get
// the result once the readings have ended. Prints one line of JSON.
//
//   node waiting.mjs --how events|wait --news own|one|silent --clients 1000 --pid <process of the API>
//     --api http://127.0.0.1:4900 --database <address for psql> --redis <address>
//     --postgres <port>=<port behind> --channel symancy:changed:analyses --idle 10
//
// `own`: each client waits for a reading of its own, and all of them end in one commit. `one`: all
// wait for the same. `silent`: as `own`, but no announcement reaches Redis. The API talks to Postgres
// through the counting proxy of this program; the clock runs from the commit to the last byte of the
// last answer, which this program, being one thread, has to read itself.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import net from 'node:net'
import { parseArgs } from 'node:util'
import { cpuOf, heldBy } from './processes.mjs'
import { postgres, proxy } from './proxy.mjs'
import { idOf, initData, users } from './requests.mjs'

const string = { type: 'string' }
const { values: opt } = parseArgs({
  options: { how: string, news: string, clients: string, pid: string, api: string, database: string, redis: string, postgres: string, channel: string, idle: string }
})
const [port, behind] = opt.postgres.split('=').map(Number)
const wire = await proxy(port, { host: '127.0.0.1', port: behind }, postgres)
const count = Number(opt.clients)
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
const now = () => performance.timeOrigin + performance.now()
const address = new URL(opt.api)
// With `one` all clients are the same person, because only the owner may see the reading.
const watched = Array.from({ length: count }, (_, n) => opt.news === 'one' ? 0 : n)

/** waiting.sh writes the process id of the API to a file: the API starts after this program, whose proxy it needs. */
async function pidOfApi () {
  for (let n = 0; n < 600; n++) {
    try {
      const pid = Number(readFileSync(opt.pid, 'utf8'))
      await fetch(`${opt.api}/v1/health`)
      if (pid) return pid
    } catch { await sleep(100) }
  }
  throw new Error(`no answer from ${opt.api}`)
}

const ask = (n) => {
  const path = `/v1/analyses/${idOf(`waiting-${n}`)}`
  const headers = `Host: ${address.host}\r\nX-Telegram-Init-Data: ${initData(users[n % users.length])}\r\n`
  return opt.how === 'events'
    ? `GET ${path}/events HTTP/1.1\r\n${headers}Accept: text/event-stream\r\n\r\n`
    : `GET ${path} HTTP/1.1\r\n${headers}Prefer: wait=60\r\n\r\n`
}

/** One client: `waits` once it is known to wait (event stream only); `answeredAt` once it has the result. */
function client (n) {
  const socket = net.connect(Number(address.port), address.hostname)
  const mine = { socket, waits: false, answeredAt: 0, received: '' }
  socket.on('connect', () => socket.write(ask(n)))
  socket.on('data', (chunk) => {
    mine.received += chunk.toString('latin1')
    if (opt.how === 'events' && mine.received.includes('event: progress')) mine.waits = true
    if (!mine.answeredAt && /"status":"completed".*\}/s.test(mine.received)) mine.answeredAt = now()
  })
  socket.on('error', (why) => { throw why })
  return mine
}

async function until (what, all, seconds) {
  for (let n = 0; n < seconds * 20; n++) {
    if (all.every(what)) return
    await sleep(50)
  }
  throw new Error(`only ${all.filter(what).length} of ${all.length} after ${seconds} s; one received: ${all.find((one) => !what(one)).received.slice(0, 300)}`)
}

/** Completes all awaited readings in one commit; returns its time (ms). */
function end () {
  const reading = readFileSync(new URL('reading.json', import.meta.url), 'utf8').replaceAll("'", "''")
  const ids = [...new Set(watched)].map((n) => `'${idOf(`waiting-${n}`)}'`).join()
  const update = `UPDATE analysis_history SET status = 'completed', analysis = '${reading}', completed_at = now() WHERE id IN (${ids})`
  const output = execFileSync('psql', ['-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', opt.database, '-f', '-'],
    { input: `${update};\nSELECT extract(epoch FROM clock_timestamp()) * 1000;\n` })
  return Number(output)
}

/** Publishes every reading in Redis, as a worker does after its commit. */
function announce () {
  const { hostname, port, username, password } = new URL(opt.redis)
  const commands = [['AUTH', username, password], ...[...new Set(watched)].map((n) => ['PUBLISH', opt.channel, idOf(`waiting-${n}`)])]
  const socket = net.connect(Number(port), hostname)
  socket.write(commands.map((parts) => parts.join(' ')).join('\r\n') + '\r\n')
  socket.on('data', () => {})
  return socket
}

const pid = await pidOfApi()
// One request for each person first, so that lazy initialisation is not counted as a cost of the clients.
for (let n = 0; n < users.length; n++) {
  await fetch(`${opt.api}/v1/limits/me`, { headers: { 'X-Telegram-Init-Data': initData(users[n]) } }).then((answer) => answer.text())
}
await sleep(2000)
const before = heldBy(pid)
const connections = wire.open
const clients = []
for (const n of watched) {
  clients.push(client(n))
  if (clients.length % 50 === 0) await sleep(20)
}
if (opt.how === 'events') await until((one) => one.waits, clients, 60)
await sleep(3000)
const held = heldBy(pid)
wire.reset()
const cpu = cpuOf(pid)
await sleep(Number(opt.idle) * 1000)
const idle = { statements: wire.counts.requests / Number(opt.idle), cpu: (cpuOf(pid) - cpu) / Number(opt.idle), connections: wire.open }
if (clients.some((one) => one.answeredAt || one.socket.destroyed)) throw new Error('a client was answered before its reading was completed')

wire.reset()
const committed = end()
const announcements = opt.news === 'silent' ? null : announce()
await until((one) => one.answeredAt, clients, 30)
const after = clients.map((one) => one.answeredAt - committed).sort((a, b) => a - b)
console.log(JSON.stringify({
  kind: 'waiting',
  how: opt.how,
  news: opt.news,
  clients: count,
  memory_before_mb: Number(before.toFixed(1)),
  memory_waiting_mb: Number(held.toFixed(1)),
  kb_per_client: Number(((held - before) * 1024 / count).toFixed(1)),
  postgres_connections_before: connections,
  postgres_connections: idle.connections,
  statements_per_second: Number(idle.statements.toFixed(2)),
  cpu_while_waiting: Number(idle.cpu.toFixed(4)),
  statements_to_tell: wire.counts.requests,
  first_told_ms: Number(after[0].toFixed(1)),
  p50_told_ms: Number(after[after.length >> 1].toFixed(1)),
  all_told_ms: Number(after.at(-1).toFixed(1))
}))
announcements?.destroy()
clients.forEach((one) => one.socket.destroy())
process.exit(0)
