// Medians of all rounds, two lines a photo.
import { readFileSync } from 'node:fs'

const rows = readFileSync(process.argv[2], 'utf8').trim().split('\n').map(line => JSON.parse(line))
const median = numbers => numbers.sort((a, b) => a - b)[Math.floor((numbers.length - 1) / 2)]
const idle = Object.fromEntries(rows.filter(row => row.idle_mb).map(row => [row.system, row.idle_mb]))

console.log('| photo | by | CPU ms | of sharp | wall ms | peak MB | above idle | of sharp | SSIM | bytes |')
console.log('| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |')
for (const { photo, size, ssim } of rows.filter(row => row.ssim)) {
  const of = (system, field) => median(rows.filter(r => r.system === system && r.photo === photo).map(r => r[field]))
  const share = field => (of('symancy', field) / of('sharp', field)).toFixed(2)
  for (const system of ['symancy', 'sharp']) {
    const ours = system === 'symancy'
    const peak = of(system, 'peak_mb')
    console.log(`| ${[
      `${photo}, ${(size / 1e6).toFixed(1)} MB`,
      system,
      of(system, 'cpu_ms').toFixed(1),
      ours ? share('cpu_ms') : '1',
      of(system, 'wall_ms').toFixed(1),
      peak.toFixed(0),
      (peak - idle[system]).toFixed(0),
      ours ? share('peak_mb') : '1',
      ssim[system].toFixed(4),
      of(system, 'bytes'),
    ].join(' | ')} |`)
  }
}
console.log(`\nidle: symancy ${idle.symancy.toFixed(0)} MB, sharp ${idle.sharp.toFixed(0)} MB`)
