// The wire costs of one request of each path: statements, commands, requests and round trips to
// Postgres, Redis and the bucket. Starts the counting proxies, waits for an API that is configured to
// use them, sends requests one after the other, and prints one line of JSON a path.
//
//   node wire.mjs --system ours --variant '1 thread' --api http://127.0.0.1:4900 --images <folder>
//     --postgres <port>=<port behind> --redis <port>=<port behind> --bucket <port>=<port behind>
//
// Background traffic (keep-alives, polling) is measured first, while idle, and subtracted. Each person
// has sent a request shortly before, so that caches are warm.
import http from 'node:http'
import { parseArgs } from 'node:util'
import { http as httpReader, postgres, proxy, redis } from './proxy.mjs'
import { PATHS, requests } from './requests.mjs'

const IDLE_SECONDS = 5
const string = { type: 'string' }
const { values: opt } = parseArgs({
  options: { system: string, variant: string, api: string, images: string, postgres: string, redis: string, bucket: string }
})
const behind = (pair, reader) => {
  const [port, to] = pair.split('=').map(Number)
  return proxy(port, { host: '127.0.0.1', port: to }, reader)
}
const wires = {
  postgres: await behind(opt.postgres, postgres),
  redis: await behind(opt.redis, redis),
  bucket: await behind(opt.bucket, httpReader)
}
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })

function send ({ method, path, headers, body }) {
  return new Promise((resolve, reject) => {
    const length = body ? { 'Content-Length': body.length } : {}
    const request = http.request(opt.api + path, { method, agent, headers: { ...headers, ...length } }, (response) => {
      let text = ''
      response.on('data', (chunk) => { text += chunk })
      response.on('end', () => response.statusCode < 300 ? resolve() : reject(new Error(`${path}: ${response.statusCode} ${text}`)))
    })
    request.on('error', reject)
    request.end(body)
  })
}

async function untilItAnswers () {
  for (let n = 0; n < 600; n++) {
    try { return await send({ method: 'GET', path: '/v1/health', headers: {} }) } catch { await sleep(100) }
  }
  throw new Error(`no answer from ${opt.api}`)
}

/** Counts of everything while `work` runs, and the seconds that took. */
async function during (work) {
  Object.values(wires).forEach((wire) => wire.reset())
  const begun = performance.now()
  await work()
  const seconds = (performance.now() - begun) / 1000
  return { seconds, counts: structuredClone(Object.fromEntries(Object.entries(wires).map(([name, wire]) => [name, wire.counts]))) }
}

async function all (list) { for (const one of list) await send(one) }

await untilItAnswers()
for (const path of PATHS) await all(requests(path, opt.images)) // connects, prepares plans and fills caches
const idle = await during(() => sleep(IDLE_SECONDS * 1000))

// The peer does not support Idempotency-Key.
for (const path of opt.system === 'ours' ? [...PATHS, 'accept-keyed'] : PATHS) {
  await all(requests(path, opt.images).slice(0, 128))
  const list = requests(path, opt.images)
  const { seconds, counts } = await during(() => all(list))
  const result = { kind: 'wire', system: opt.system, variant: opt.variant, path, sent: list.length }
  for (const [name, { requests, round_trips: trips, names }] of Object.entries(counts)) {
    const less = (value, own) => Number(((value - own * seconds / IDLE_SECONDS) / list.length).toFixed(2))
    result[name] = {
      requests: less(requests, idle.counts[name].requests),
      round_trips: less(trips, idle.counts[name].round_trips),
      names
    }
  }
  console.log(JSON.stringify(result))
}
process.exit(0)
