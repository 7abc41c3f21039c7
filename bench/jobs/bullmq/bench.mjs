// The BullMQ half of the job queue benchmark: how many no-op jobs a second, and how soon a job starts.
//
//   npm install && node bench.mjs --redis redis://127.0.0.1:PORT [--mode drain] [--jobs 30000]
//   node bench.mjs --redis redis://127.0.0.1:PORT --mode latency [--rate 50] [--seconds 20]
//
// Either also takes [--workers 1] (processes), [--concurrency 10] (of each) and [--remove-on-complete N]
// (keep the last N completed jobs; without it BullMQ's default, which keeps them all). Everything else is
// as BullMQ ships it. ../redis.sh starts and stops a Redis. The outcome is one line of JSON.
//
// Not `npm ci`: the lock lacks optional binaries of platforms other than Linux, and npm ci refuses that.
import { fork } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { createRequire } from 'node:module'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { Queue, Worker } from 'bullmq'
import { Redis } from 'ioredis'

const QUEUE = 'bench'
const PREFIX = 'bench'
const CHUNK = 1000
const WARM_UP_SECONDS = 1 // of latency: the first jobs would show the compiler of node, not the queue
const STUCK_MS = 60_000

const { values: args } = parseArgs({
  options: {
    redis: { type: 'string' },
    mode: { type: 'string', default: 'drain' },
    jobs: { type: 'string', default: '30000' },
    workers: { type: 'string', default: '1' },
    concurrency: { type: 'string', default: '10' },
    rate: { type: 'string', default: '50' },
    seconds: { type: 'string', default: '20' },
    'remove-on-complete': { type: 'string' },
    child: { type: 'boolean', default: false } // a worker process, started by this file itself
  }
})

function wholeNumber (name, least) {
  const n = Number(args[name])
  if (!Number.isInteger(n) || n < least) throw new Error(`--${name} must be a whole number of ${least} or more`)
  return n
}

if (!args.redis) throw new Error('--redis redis://host:port is needed')
if (!['drain', 'latency'].includes(args.mode)) throw new Error('--mode is drain or latency')
const latencyMode = args.mode === 'latency'
const workers = wholeNumber('workers', 1)
const concurrency = wholeNumber('concurrency', 1)
const keep = args['remove-on-complete'] === undefined ? null : wholeNumber('remove-on-complete', 0)
const rate = wholeNumber('rate', 1)
const seconds = wholeNumber('seconds', 1)
const jobs = latencyMode ? rate * seconds : wholeNumber('jobs', 1)

/** Milliseconds of the monotonic clock, which all processes of a machine share. */
const now = () => Number(process.hrtime.bigint()) / 1e6
// BullMQ requires unlimited retries for a command; without retries of the connection a run without Redis still ends.
const connect = () => new Redis(args.redis, { maxRetriesPerRequest: null, retryStrategy: () => null })
  .on('error', (err) => console.error(`redis: ${err.message}`))

/** One worker process: reports ready, starts at 'go', reports its counts, and at 'stop' all its measurements. */
async function work () {
  process.on('disconnect', () => process.exit(1)) // the parent has exited
  let completed = 0
  let failed = 0
  let start
  let last
  let timer
  const latencies = []
  const processor = latencyMode
    ? async (job) => { if (job.data.at !== null) latencies.push(now() - job.data.at) }
    : async () => {}

  const connection = connect()
  const worker = new Worker(QUEUE, processor, {
    connection,
    prefix: PREFIX,
    concurrency,
    autorun: false,
    ...(keep === null ? {} : { removeOnComplete: { count: keep } })
  })
  // The event comes when Redis has answered that the job is completed; the end of the processor is too early.
  worker.on('completed', () => { completed++; last = now() })
  worker.on('failed', () => { failed++ })
  worker.on('error', (err) => console.error(`worker: ${err.message}`))

  process.on('message', async (message) => {
    if (message === 'go') {
      start = now()
      worker.run().catch((err) => { console.error(err); process.exit(1) })
      timer = setInterval(() => process.send({ completed, failed }), 50) // one for each job would cost too much
    } else {
      clearInterval(timer)
      await worker.close()
      await connection.quit()
      process.send({ completed, failed, start, last, latencies }, () => process.exit(0))
    }
  })
  await worker.waitUntilReady()
  process.send({ ready: true })
}

/** Starts a worker process; `latest` is its latest report. */
function startWorker () {
  const child = fork(fileURLToPath(import.meta.url), [...process.argv.slice(2), '--child'])
  const worker = { process: child, latest: { completed: 0, failed: 0 } }
  child.on('message', (message) => { worker.latest = { ...worker.latest, ...message } })
  worker.exited = new Promise((resolve) => child.on('exit', resolve))
  worker.exited.then((code) => { worker.exitCode = code ?? 1 })
  return worker
}

/** Polls every 10 ms until `done`; throws when a worker has exited or there is no progress for long. */
async function until (done, pool) {
  let before = ''
  let changed = now()
  while (!done()) {
    if (pool.some((w) => w.exitCode !== undefined)) throw new Error('a worker process ended early')
    const state = pool.map((w) => w.latest.completed).join()
    if (state !== before) { before = state; changed = now() }
    if (now() - changed > STUCK_MS) throw new Error(`no progress for ${STUCK_MS / 1000} s, completed: ${state}`)
    await sleep(10)
  }
}

const total = (pool, key) => pool.reduce((sum, w) => sum + w.latest[key], 0)

/** Adds jobs at a fixed rate, whether or not earlier ones are completed. */
async function addAtRate (queue, count, stamped) {
  const begun = now()
  const added = []
  for (let i = 0; i < count; i++) {
    const wait = begun + (i * 1000) / rate - now()
    if (wait > 0) await sleep(wait)
    added.push(queue.add('job', { id: randomUUID(), at: stamped ? now() : null }))
  }
  await Promise.all(added)
}

async function addAll (queue) {
  for (let left = jobs; left > 0; left -= CHUNK) {
    await queue.addBulk(Array.from({ length: Math.min(left, CHUNK) }, () => ({ name: 'job', data: { id: randomUUID() } })))
  }
}

/** Deletes every key of the queue, with a separate Queue object, so that the next one initialises the queue again. */
async function obliterate (connection) {
  const queue = new Queue(QUEUE, { connection, prefix: PREFIX })
  await queue.waitUntilReady()
  await queue.obliterate({ force: true })
  await queue.close()
}

/** The durability settings of the server, as it reports them. */
async function durability (connection) {
  const setting = async (name) => (await connection.config('GET', name))[1]
  if (await setting('appendonly') === 'yes') return `aof ${await setting('appendfsync')}`
  return (await setting('save')) === '' ? 'none' : 'rdb'
}

/** Nearest rank, of sorted values. */
const percentile = (sorted, p) => sorted[Math.max(0, Math.ceil(sorted.length * p) - 1)]
const rounded = (n) => n === null ? null : Math.round(n * 100) / 100

async function measure () {
  const connection = connect()
  await obliterate(connection)
  const queue = new Queue(QUEUE, { connection, prefix: PREFIX })
  await queue.waitUntilReady()
  const pool = []
  try {
    if (!latencyMode) await addAll(queue)
    for (let i = 0; i < workers; i++) pool.push(startWorker())
    await until(() => pool.every((w) => w.latest.ready), pool)
    for (const w of pool) w.process.send('go')

    const warmUp = latencyMode ? rate * WARM_UP_SECONDS : 0
    if (latencyMode) {
      await addAtRate(queue, warmUp, false)
      await addAtRate(queue, jobs, true)
    }
    const expected = warmUp + jobs
    await until(() => total(pool, 'completed') + total(pool, 'failed') >= expected, pool)
    for (const w of pool) w.process.send('stop')
    await Promise.all(pool.map((w) => w.exited))

    // Each job once, by the count of the workers and by that of the queue itself.
    const completed = total(pool, 'completed')
    const counts = await queue.getJobCounts()
    const kept = keep === null ? expected : Math.min(keep, expected)
    const elsewhere = Object.entries(counts).filter(([state, n]) => state !== 'completed' && n > 0)
    if (completed !== expected || total(pool, 'failed') > 0 || counts.completed !== kept || elsewhere.length > 0) {
      throw new Error(`${completed} completed of ${expected}; the queue says ${JSON.stringify(counts)}`)
    }

    // A worker that got no job has no time of its last one.
    const started = Math.min(...pool.map((w) => w.latest.start))
    const ended = Math.max(...pool.map((w) => w.latest.last ?? 0))
    const latencies = pool.flatMap((w) => w.latest.latencies).sort((a, b) => a - b)
    if (latencyMode && latencies.length !== jobs) throw new Error(`${latencies.length} latencies of ${jobs} jobs`)
    const manifest = createRequire(import.meta.url)('bullmq/package.json')
    console.log(JSON.stringify({
      system: 'bullmq',
      version: manifest.version,
      mode: args.mode,
      workers,
      concurrency,
      jobs,
      rate: latencyMode ? rate : null,
      per_second: latencyMode ? null : Math.round((jobs * 1000) / (ended - started)),
      p50_ms: rounded(latencyMode ? percentile(latencies, 0.5) : null),
      p99_ms: rounded(latencyMode ? percentile(latencies, 0.99) : null),
      max_ms: rounded(latencyMode ? latencies.at(-1) : null),
      remove_on_complete: keep ?? 'never',
      durability: await durability(connection),
      node: process.versions.node
    }))
  } finally {
    for (const w of pool) if (w.exitCode === undefined) w.process.kill()
    await Promise.all(pool.map((w) => w.exited))
    await queue.close()
    await obliterate(connection)
    await connection.quit()
  }
}

await (args.child ? work() : measure())
