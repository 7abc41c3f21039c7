// Proxies in front of Postgres, Redis and the bucket that count requests and round trips.
//
// A round trip begins when the client sends after the server has sent (or as the first). Statements
// and commands are counted by reading the protocols, so it does not matter how a driver sends them.
import net from 'node:net'

/** Starts a proxy on a port; `counts` is updated continuously, `open` is the number of open connections. */
export async function proxy (port, to, readerOf) {
  const counts = { requests: 0, round_trips: 0, names: {} }
  const state = { counts, open: 0, reset () { Object.assign(counts, { requests: 0, round_trips: 0, names: {} }) } }
  const server = net.createServer({ noDelay: true }, (client) => {
    const upstream = net.connect({ ...to, noDelay: true })
    const read = readerOf((name) => { counts.requests++; counts.names[name] = (counts.names[name] ?? 0) + 1 })
    let serverSpoke = true
    state.open++
    client.on('data', (chunk) => {
      if (serverSpoke) { counts.round_trips++; serverSpoke = false }
      read(chunk)
    })
    upstream.on('data', () => { serverSpoke = true })
    client.pipe(upstream).pipe(client)
    const end = () => { client.destroy(); upstream.destroy() }
    client.on('close', () => { state.open--; end() }).on('error', end)
    upstream.on('close', end).on('error', end)
  })
  await new Promise((resolve) => server.listen(port, '127.0.0.1', 1024, resolve))
  server.unref()
  return state
}

/** Postgres (protocol 3.0): a statement is an Execute or a simple Query. */
export function postgres (count) {
  let rest = Buffer.alloc(0)
  let begun = false
  return (chunk) => {
    rest = Buffer.concat([rest, chunk])
    for (;;) {
      const head = begun ? 1 : 0 // the first message has no type
      if (rest.length < head + 4) return
      const end = head + rest.readUInt32BE(head)
      if (rest.length < end) return
      if (begun && rest[0] === 0x45) count('Execute')
      if (begun && rest[0] === 0x51) count(rest.toString('utf8', 5, end - 1).slice(0, 24))
      begun = true
      rest = rest.subarray(end)
    }
  }
}

/** Redis: each array of bulk strings is a command. */
export function redis (count) {
  let rest = Buffer.alloc(0)
  const line = (at) => {
    const end = rest.indexOf('\r\n', at)
    return end < 0 ? null : { value: Number(rest.toString('latin1', at + 1, end)), next: end + 2 }
  }
  /** The end and the name of the command that begins here; null if it is incomplete. */
  function command () {
    const size = line(0)
    if (size === null) return null
    let at = size.next
    let name = ''
    for (let n = 0; n < size.value; n++) {
      const length = line(at)
      if (length === null || rest.length < length.next + length.value + 2) return null
      if (n === 0) name = rest.toString('latin1', length.next, length.next + length.value).toUpperCase()
      at = length.next + length.value + 2
    }
    return { name, end: at }
  }
  return (chunk) => {
    rest = Buffer.concat([rest, chunk])
    for (let found = command(); found !== null; found = command()) {
      count(found.name)
      rest = rest.subarray(found.end)
    }
  }
}

/** HTTP: a request is a chunk that begins with a method; the request bodies of the benchmark never do. */
export function http (count) {
  return (chunk) => {
    const method = chunk.toString('latin1', 0, 8).match(/^(GET|PUT|POST|HEAD|DELETE) \//)
    if (method) count(method[1])
  }
}
