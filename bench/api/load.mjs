// One measurement: wrk against an API, with the CPU and memory of all processes involved.
// Prints one line of JSON.
//
//   node load.mjs --system ours --variant '1 thread' --path list --connections 50 --seconds 8
//     --warm-up 2 --round 1 --api http://127.0.0.1:4900 --images <folder>
//     --pid api=1 --pid postgres=2 ...
//
// The CPU of `api` alone and of all named processes together are reported separately; `others` is the
// CPU of unrelated processes, and should be near zero. With --seconds 0 it only warms up.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { cpuOf, cpuOfAll, cpuOfSelf, watchPeak } from './processes.mjs'
import { requests } from './requests.mjs'

const string = { type: 'string' }
const { values: opt } = parseArgs({
  options: {
    system: string,
    variant: string,
    path: string,
    connections: string,
    seconds: string,
    'warm-up': string,
    round: string,
    api: string,
    images: string,
    pid: { type: 'string', multiple: true }
  }
})
const pids = Object.fromEntries(opt.pid.map((one) => one.split('=')).map(([name, pid]) => [name, Number(pid)]))
const folder = mkdtempSync(join(tmpdir(), 'bench-api-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
const round = (value, digits = 3) => Number(value.toFixed(digits))

function writeRequests () {
  const lines = requests(opt.path, opt.images).map(({ method, path, headers, body }, n) => {
    if (body) writeFileSync(join(folder, `body-${n}`), body)
    return [method, path, body ? join(folder, `body-${n}`) : '-',
      ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`)].join('\t')
  })
  writeFileSync(join(folder, 'requests'), lines.join('\n') + '\n')
}

function wrk (seconds) {
  const script = fileURLToPath(new URL('requests.lua', import.meta.url))
  const args = ['-t', '1', '-c', opt.connections, '-d', `${seconds}s`, '--timeout', '20s', '-s', script,
    opt.api, '--', join(folder, 'requests')]
  return new Promise((resolve, reject) => {
    const child = spawn('wrk', args, { stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    child.stdout.on('data', (chunk) => { output += chunk })
    child.stderr.on('data', (chunk) => { output += chunk })
    child.on('error', reject)
    child.on('close', () => {
      const result = output.match(/^RESULT (.*)$/m)
      if (result) resolve(JSON.parse(result[1]))
      else reject(new Error(`wrk: ${output}`))
    })
  })
}

/** CPU seconds of each named process, of the load script and of all others. */
function cpuNow () {
  const cpu = Object.fromEntries(Object.entries(pids).map(([name, pid]) => [name, cpuOf(pid)]))
  return { ...cpu, load: cpuOfSelf(), all: cpuOfAll() }
}

async function measured () {
  const peak = watchPeak(pids.api)
  const before = cpuNow()
  const result = await wrk(Number(opt.seconds))
  const after = cpuNow()
  const used = Object.fromEntries(Object.keys(after).map((name) => [name, after[name] - before[name]]))
  const system = Object.keys(pids).reduce((sum, name) => sum + used[name], 0)
  return { ...result, peak_mb: round(peak(), 1), ...costs(used, system, result.requests), others: round(used.all - system - used.load) }
}

function costs (used, system, count) {
  return {
    cpu_seconds: Object.fromEntries(Object.keys(pids).concat('load').map((name) => [name, round(used[name])])),
    cpu_per_1000_api: round(used.api * 1000 / count, 4),
    cpu_per_1000_all: round(system * 1000 / count, 4),
    per_cpu_second_api: round(count / used.api, 1),
    per_cpu_second_all: round(count / system, 1)
  }
}

writeRequests()
if (Number(opt['warm-up']) > 0) {
  await wrk(Number(opt['warm-up']))
  await new Promise((resolve) => setTimeout(resolve, 1000)) // lets unfinished requests end
}
if (Number(opt.seconds) > 0) {
  const result = await measured()
  console.log(JSON.stringify({
    kind: 'load',
    system: opt.system,
    variant: opt.variant,
    path: opt.path,
    connections: Number(opt.connections),
    round: Number(opt.round),
    per_second: round(result.requests / result.seconds, 1),
    bytes_per_response: Math.round(result.bytes / result.requests),
    ...result
  }))
}
