// The results of run.sh as Markdown: medians over the rounds, and ratios to the peer.
//   node table.mjs <results.jsonl>
import { readFileSync } from 'node:fs'

const rows = readFileSync(process.argv[2], 'utf8').trim().split('\n').filter(Boolean).map((line) => JSON.parse(line))
const loads = rows.filter(({ kind }) => kind === 'load')
const wires = rows.filter(({ kind }) => kind === 'wire')
const PATHS = { accept: 'accept a photo of 200 KB', one: 'one reading', list: 'list of 20', limits: 'limits' }
const ON_THE_WIRE = { ...PATHS, 'accept-keyed': 'accept, with an Idempotency-Key' }
const NAMES = { ours: 'Symancy', peer: 'Node peer' }
const REACHED = [['per_cpu_second_api', 4], ['p99_ms', 0.5], ['peak_mb', 0.25]]

// A missing value is NaN, shown as a dash.
const median = (list, field) => {
  const sorted = list.map((row) => row[field] ?? NaN).sort((a, b) => a - b)
  const half = sorted.length >> 1
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2
}
const unique = (list) => [...new Set(list)]
const fixed = (value, digits) => Number.isNaN(value) ? '–' : value.toFixed(digits)
const figure = (value) => Number(value.toPrecision(3)) >= 100
  ? Math.round(value).toLocaleString('en')
  : fixed(value, value < 1 ? 2 : 1)
const line = (...cells) => console.log(`| ${cells.join(' | ')} |`)
function head (...cells) {
  line(...cells)
  line(...cells.map(() => '---'))
}
const systems = unique(loads.map(({ system, variant }) => `${system}/${variant}`)).map((name) => name.split('/'))
const connections = unique(loads.map((row) => row.connections)).sort((a, b) => a - b)
const of = (system, variant, path, count) => loads.filter((row) =>
  row.system === system && row.variant === variant && row.path === path && row.connections === count)

function absolute (path) {
  console.log(`\n**${PATHS[path]}**\n`)
  head('connections', 'system', 'requests/s', 'p50 ms', 'p99 ms', 'CPU s per 1000: API', '...: everything',
    'peak memory MB', 'bytes of a response')
  for (const count of connections) {
    for (const [system, variant] of systems) {
      const list = of(system, variant, path, count)
      if (!list.length) continue
      const errors = list.reduce((sum, row) => sum + row.errors, 0)
      line(count, `${NAMES[system]}, ${variant}`, figure(median(list, 'per_second')), figure(median(list, 'p50_ms')),
        figure(median(list, 'p99_ms')), fixed(median(list, 'cpu_per_1000_api'), 3), fixed(median(list, 'cpu_per_1000_all'), 3),
        figure(median(list, 'peak_mb')), fixed(median(list, 'bytes_per_response'), 0) + (errors ? ` (${errors} errors)` : ''))
    }
  }
}

function beside (ours, peer) {
  console.log(`\n**Symancy, ${ours}, beside the Node peer, ${peer}** (goals: at least 4 times the requests per CPU second, at most 0.5 of the p99, at most 0.25 of the memory)\n`)
  head('path', 'connections', 'requests/s', 'requests per CPU second: API', '...: everything', 'p99', 'peak memory', 'short of')
  for (const path of Object.keys(PATHS)) {
    for (const count of connections) {
      const [a, b] = [of('ours', ours, path, count), of('peer', peer, path, count)]
      if (!a.length || !b.length) continue
      const ratio = (field) => median(a, field) / median(b, field)
      const short = REACHED.filter(([field, goal]) => !(goal > 1 ? ratio(field) >= goal : ratio(field) <= goal))
        .map(([field]) => ({ per_cpu_second_api: 'CPU', p99_ms: 'p99', peak_mb: 'memory' })[field])
      line(PATHS[path], count, ...['per_second', 'per_cpu_second_api', 'per_cpu_second_all', 'p99_ms', 'peak_mb']
        .map((field) => fixed(ratio(field), 2)), short.join(', '))
    }
  }
}

function onTheWire () {
  console.log('\n**One request on the wire**, sent one after the other\n')
  head('path', 'system', 'Postgres: statements', 'round trips', 'Redis: commands', 'round trips', 'bucket: requests', 'round trips')
  for (const path of Object.keys(ON_THE_WIRE)) {
    for (const row of wires.filter((row) => row.path === path)) {
      line(ON_THE_WIRE[path], NAMES[row.system], ...['postgres', 'redis', 'bucket'].flatMap((name) =>
        [fixed(row[name].requests, 2), fixed(row[name].round_trips, 2)]))
    }
  }
}

for (const path of Object.keys(PATHS)) absolute(path)
for (const [ours, peer] of [['1 thread', '1 process'], ['2 threads', '2 processes'], ['1 thread', '1 process, photos in a folder']]) {
  if (systems.some(([, variant]) => variant === ours) && systems.some(([, variant]) => variant === peer)) beside(ours, peer)
}
if (wires.length) onTheWire()
const rounds = unique(loads.map(({ round }) => round)).length
const others = Math.max(...loads.map((row) => row.others / row.seconds))
console.log(`\nMedians of ${rounds} round${rounds > 1 ? 's' : ''}. Other programs took at most ${others.toFixed(2)} of a CPU during a measurement.`)
