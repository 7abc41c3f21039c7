// What processes have used, from /proc: CPU seconds and memory. A process counts with its children.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs'

const TICKS = 100 // USER_HZ, the same on every Linux

const read = (path) => { try { return readFileSync(path, 'utf8') } catch { return null } }

function stat (pid) {
  const text = read(`/proc/${pid}/stat`)
  if (text === null) return null
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ').map(Number)
  return { parent: fields[1], cpu: (fields[11] + fields[12] + fields[13] + fields[14]) / TICKS }
}

/** CPU seconds since their start, of a process and of everything under it, those that ended included. */
export function cpuOf (root) {
  return tree(root).reduce((sum, pid) => sum + (stat(pid)?.cpu ?? 0), 0)
}

/** CPU seconds of all programs of this machine. */
export function cpuOfAll () {
  return everyone().filter(([pid, { parent }]) => pid !== 2 && parent !== 2)
    .reduce((sum, [, { cpu }]) => sum + cpu, 0)
}

export function cpuOfSelf () { return stat(process.pid).cpu }

function everyone () {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name))
    .map((name) => [Number(name), stat(name)]).filter(([, found]) => found !== null)
}

function tree (root) {
  const all = everyone()
  const found = [root]
  for (const at of found) found.push(...all.filter(([, { parent }]) => parent === at).map(([pid]) => pid))
  return found
}

const megabytes = (pid, file, key) =>
  Number(read(`/proc/${pid}/${file}`)?.match(new RegExp(`^${key}:\\s+(\\d+) kB`, 'm'))?.[1] ?? 0) / 1024

/** Memory in MB now: what a process and those under it hold, shared pages shared out. */
export const heldBy = (root) => tree(root).reduce((sum, pid) => sum + megabytes(pid, 'smaps_rollup', 'Pss'), 0)

/**
 * Watches the memory of a process; the function it returns ends that and tells the peak in MB. One
 * process: the kernel's own mark of its resident memory. With children: what they hold, looked at
 * once a second, because shared pages would count once for each of them.
 */
export function watchPeak (root) {
  if (tree(root).length === 1) {
    try { writeFileSync(`/proc/${root}/clear_refs`, '5') } catch {} // the mark starts anew
    return () => megabytes(root, 'status', 'VmHWM')
  }
  let peak = heldBy(root)
  const look = () => { peak = Math.max(peak, heldBy(root)) }
  const timer = setInterval(look, 1000)
  return () => { clearInterval(timer); look(); return peak }
}
