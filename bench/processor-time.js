import { readFileSync } from 'node:fs'

/**
 * ms for which a processor has run this process, and of these the thread of its event loop. Call it on that thread. Linux
 * alone tells the time of a thread.
 */
export function readProcessorTime () {
  const { user, system } = process.cpuUsage()
  return { all: (user + system) / 1_000, loop: readThreadTime() }
}

function readThreadTime () {
  try {
    return Number(readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ')[0]) / 1e6
  } catch {
    return undefined
  }
}
