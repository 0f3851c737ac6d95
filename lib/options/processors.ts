import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { dirname, join } from 'node:path'

/**
 * Returns how many processors the process may use at once, at least 1: those that it may run on, and no more
 * than the CPU quota of its container. availableParallelism() alone does not follow every quota: none of
 * control groups of version 1, on Node 20 as on Node 24.
 */
export function countProcessors (): number {
  quota ??= process.platform === 'linux' ? readQuota('/') : Infinity
  return Math.max(1, Math.min(availableParallelism(), Math.ceil(quota)))
}

/** Read once: a test suite may build many apps. */
let quota: number | undefined

/**
 * Returns the CPU quota of the control group of the process in processors, such as 1.5; Infinity for none.
 * The quotas of the groups around it limit the process too. `root`: the folder that has `proc` and `sys`.
 */
export function readQuota (root: string): number {
  const groups = readText(join(root, 'proc/self/cgroup')) ?? ''
  let quota = Infinity
  for (const [, controllers, group] of groups.matchAll(/^\d+:([^:]*):(.*)$/gm)) {
    if (controllers === '') quota = Math.min(quota, readTree(join(root, 'sys/fs/cgroup'), group!, readMax))
    else if (controllers!.split(',').includes('cpu')) {
      quota = Math.min(quota, readTree(join(root, 'sys/fs/cgroup', controllers!), group!, readPeriod))
    }
  }
  return quota
}

/** Returns the least quota of a group and of those around it, up to `top`. */
function readTree (top: string, group: string, read: (folder: string) => number): number {
  let quota = read(top)
  for (let folder = join(top, group); folder.length > top.length; folder = dirname(folder)) {
    quota = Math.min(quota, read(folder))
  }
  return quota
}

/** Control groups of version 2: "max 100000", or "150000 100000". */
function readMax (folder: string): number {
  const [quota, period] = readText(join(folder, 'cpu.max'))?.split(' ').map(Number) ?? []
  return divide(quota, period)
}

/** Control groups of version 1: -1 for no quota. */
function readPeriod (folder: string): number {
  const [quota, period] = ['cpu.cfs_quota_us', 'cpu.cfs_period_us']
    .map((name) => Number(readText(join(folder, name))))
  return divide(quota, period)
}

function divide (quota: number | undefined, period: number | undefined): number {
  return quota! > 0 && period! > 0 ? quota! / period! : Infinity
}

/** Returns undefined for a file that cannot be read: there is no such control group in sight then. */
function readText (path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch {
    return undefined
  }
}
