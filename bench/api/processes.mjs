// CPU seconds and memory of processes, from /proc. A process counts with its children.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs'

const TICKS = 100 // USER_HZ, the same on every Linux

const read = (path) => { try { return readFileSync(path, 'utf8') } catch { return null } }

function stat (pid) {
  const text = read(`/proc/${pid}/stat`)
  if (text === null) return null
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ').map(Number)
  return { parent: fields[1], cpu: (fields[11] + fields[12] + fields[13] + fields[14]) / TICKS }
}

/** CPU seconds since its start, of a process and its descendants, including ended ones. */
export function cpuOf (root) {
  return tree(root).reduce((sum, pid) => sum + (stat(pid)?.cpu ?? 0), 0)
}

/** CPU seconds of all programs of this machine. */
export function cpuOfAll () {
  return allProcesses().filter(([pid, { parent }]) => pid !== 2 && parent !== 2)
    .reduce((sum, [, { cpu }]) => sum + cpu, 0)
}

export function cpuOfSelf () { return stat(process.pid).cpu }

function allProcesses () {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name))
    .map((name) => [Number(name), stat(name)]).filter(([, found]) => found !== null)
}

function tree (root) {
  const all = allProcesses()
  const found = [root]
  for (const at of found) found.push(...all.filter(([, { parent }]) => parent === at).map(([pid]) => pid))
  return found
}

const megabytes = (pid, file, key) =>
  Number(read(`/proc/${pid}/${file}`)?.match(new RegExp(`^${key}:\\s+(\\d+) kB`, 'm'))?.[1] ?? 0) / 1024

/** Current memory in MB of a process and its descendants, with shared pages divided among them (PSS). */
export const heldBy = (root) => tree(root).reduce((sum, pid) => sum + megabytes(pid, 'smaps_rollup', 'Pss'), 0)

/**
 * Watches the memory of a process; the returned function stops that and returns the peak in MB. For a
 * single process: the peak resident memory by the kernel. With children: their memory, sampled once a
 * second, because VmHWM counts shared pages once for each process.
 */
export function watchPeak (root) {
  if (tree(root).length === 1) {
    try { writeFileSync(`/proc/${root}/clear_refs`, '5') } catch {} // resets the peak
    return () => megabytes(root, 'status', 'VmHWM')
  }
  let peak = heldBy(root)
  const sample = () => { peak = Math.max(peak, heldBy(root)) }
  const timer = setInterval(sample, 1000)
  return () => { clearInterval(timer); sample(); return peak }
}
