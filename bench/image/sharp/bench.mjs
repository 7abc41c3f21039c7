// The sharp half of the image benchmark: the same two outputs, on one thread.
//
//   node bench.mjs encode <scene.png> <folder> <name>...   the photos for both
//   node bench.mjs measure <photo> <times> <folder>        a line of JSON
//   node bench.mjs idle
//
// Of three ways to make both outputs (from the raw small picture, from its JPEG, from two clones of
// the pipeline) this is the fastest; the clones decode twice.
import { readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import sharp from 'sharp'

sharp.concurrency(1)
sharp.cache(false)

const peak = () => Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]) / 1024
const inside = { fit: 'inside', withoutEnlargement: true }

async function prepare(photo) {
  const { data, info } = await sharp(photo, { limitInputPixels: 50_000_000 })
    .autoOrient()
    .resize(800, 800, inside)
    .flatten({ background: '#fff' })
    .raw()
    .toBuffer({ resolveWithObject: true })
  const raw = { width: info.width, height: info.height, channels: info.channels }
  return [
    await sharp(data, { raw }).jpeg({ quality: 85 }).toBuffer(),
    await sharp(data, { raw }).resize(200, 200, inside).jpeg({ quality: 85 }).toBuffer(),
  ]
}

async function measure(photo, times, folder) {
  const file = readFileSync(photo)
  const made = await prepare(file)
  const cpu = process.cpuUsage()
  const wall = performance.now()
  for (let i = 0; i < times; i++) await prepare(file)
  const ms = performance.now() - wall
  const { user, system } = process.cpuUsage(cpu)
  console.log(JSON.stringify({
    system: 'sharp',
    photo: basename(photo),
    cpu_ms: (user + system) / 1000 / times,
    wall_ms: ms / times,
    peak_mb: peak(),
    bytes: made[0].length,
    thumbnail_bytes: made[1].length,
  }))
  writeFileSync(join(folder, 'sharp.jpg'), made[0])
}

const ways = {
  'baseline.jpg': s => s.jpeg({ quality: 92 }),
  'progressive.jpg': s => s.jpeg({ quality: 92, progressive: true }),
  'photo.png': s => s.png({ compressionLevel: 6, adaptiveFiltering: true }),
  'photo.webp': s => s.webp({ quality: 85 }),
}

async function encode(scene, folder, names) {
  for (const name of names) {
    const way = Object.keys(ways).find(way => name.endsWith(way))
    await ways[way](sharp(scene)).toFile(join(folder, name))
  }
}

const [command, file, ...rest] = process.argv.slice(2)
if (command === 'encode') await encode(file, rest[0], rest.slice(1))
else if (command === 'measure') await measure(file, Number(rest[0]), rest[1])
else if (command === 'idle') console.log(JSON.stringify({ system: 'sharp', idle_mb: peak() }))
else throw new Error('see the top of bench.mjs')
