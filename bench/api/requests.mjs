// The requests of the benchmark, and the people who send them. The same for every system.
import { createHash, createHmac, randomUUID } from 'node:crypto'
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

export const BOT_TOKEN = process.env.BOT_TOKEN ?? '4010:bench-token-not-a-secret'
const FIRST_USER = 1_000_000
const USERS = 128
const READINGS_SEEN = 8 // of the 50 that each person has
const FOCUS = ['wellbeing', 'career', 'relationships', 'general']
const BOUNDARY = '----bench7MA4YWxkTrZu0gW'

export const PATHS = ['limits', 'list', 'one', 'accept']
export const users = Array.from({ length: USERS }, (_, n) => FIRST_USER + n)

/** The init data of a person who has just opened the Mini App, signed as by Telegram; valid for an hour. */
export function initData (id) {
  const fields = {
    auth_date: String(Math.floor(Date.now() / 1000)),
    query_id: 'AAHdF6IQAAAAAN0XohDhrOrc',
    user: JSON.stringify({ id, first_name: `User ${id}`, username: `user${id}`, language_code: 'en' })
  }
  const check = Object.keys(fields).sort().map((key) => `${key}=${fields[key]}`).join('\n')
  const secret = createHmac('sha256', 'WebAppData').update(BOT_TOKEN).digest()
  const hash = createHmac('sha256', secret).update(check).digest('hex')
  return new URLSearchParams({ ...fields, hash }).toString()
}

/** The id that `md5(text)::uuid` gives in Postgres. */
export const idOf = (text) => createHash('md5').update(text).digest('hex')
  .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')

function form (user, n, image) {
  const field = (name, value) => `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`
  // No message_id: a message is read once, so only the first upload of each would count.
  return Buffer.concat([
    Buffer.from(field('focus_area', FOCUS[n % 4]) + field('telegram_user_id', user) + field('consent', 'obtained') +
      `--${BOUNDARY}\r\nContent-Disposition: form-data; name="image"; filename="photo.jpg"\r\nContent-Type: image/jpeg\r\n\r\n`),
    image,
    Buffer.from(`\r\n--${BOUNDARY}--\r\n`)
  ])
}

/** Requests of a path: `{ method, path, headers, body? }`, to be sent in turn. */
export function requests (path, imagesFolder) {
  const callers = users.map((user) => ({ user, headers: { 'X-Telegram-Init-Data': initData(user) } }))
  const get = (path, headers) => ({ method: 'GET', path, headers })
  switch (path) {
    case 'limits': return callers.map(({ headers }) => get('/v1/limits/me', headers))
    case 'list': return callers.map(({ headers }) => get('/v1/analyses?limit=20&offset=0', headers))
    case 'one': return Array.from({ length: READINGS_SEEN }, (_, n) => n + 1).flatMap((n) =>
      callers.map(({ user, headers }) => get(`/v1/analyses/${idOf(`reading-${user}-${n}`)}`, headers)))
    case 'accept-keyed': return requests('accept', imagesFolder).map((one) =>
      ({ ...one, headers: { ...one.headers, 'Idempotency-Key': randomUUID() } }))
    case 'accept': {
      const images = readdirSync(imagesFolder).filter((name) => name.endsWith('.jpg')).sort()
        .map((name) => readFileSync(join(imagesFolder, name)))
      return callers.map(({ user, headers }, n) => ({
        method: 'POST',
        path: '/v1/analyses',
        headers: { ...headers, 'Content-Type': `multipart/form-data; boundary=${BOUNDARY}` },
        body: form(user, n, images[n % images.length])
      }))
    }
  }
  throw new Error(`unknown path: ${path}`)
}
