import { setTimeout as delay } from 'node:timers/promises'

/*
 * What may happen to the processes, and to their links. Each fault is over when what it has broken works again. `of` names the
 * targets of which one is chosen; `lengths` are the shortest and the longest time in ms that it lasts.
 */

export const faults = [
  { name: 'a host is killed', weight: 3, of: 'hosts', lengths: [0, 2_000], run: kill },
  { name: 'a host leaves', weight: 1, of: 'hosts', lengths: [0, 1_000], run: stop },
  { name: 'a host stands still for less than three heartbeats', weight: 3, of: 'hosts', lengths: [200, 2_500], run: standStill },
  { name: 'a host stands still for more than three heartbeats', weight: 3, of: 'hosts', lengths: [3_200, 6_000], run: standStill },
  { name: 'a server is killed', weight: 1.5, of: 'servers', lengths: [0, 2_000], run: kill },
  { name: 'a server closes', weight: 0.5, of: 'servers', lengths: [0, 1_000], run: stop },
  { name: 'a server stands still', weight: 1, of: 'servers', lengths: [200, 5_000], run: standStill },
  { name: 'the broker is killed', weight: 1, of: 'brokers', lengths: [0, 3_000], run: kill },
  {
    name: 'the broker leaves',
    weight: 1,
    of: 'brokers',
    lengths: [0, 3_000],
    async run (broker, ms) {
      await broker.end('SIGTERM')
      await startAgain(broker, ms)
    }
  },
  {
    name: 'a link is cut',
    weight: 3,
    of: 'links',
    lengths: [0, 5_000],
    async run (link, ms) {
      link.cut()
      await delay(ms)
      link.mend()
    }
  },
  {
    name: 'a link is slow',
    weight: 2,
    of: 'links',
    lengths: [1_000, 5_000],
    async run (link, ms) {
      link.delay = ms / 8
      await delay(ms)
      link.delay = 0
    }
  },
  {
    name: 'a link holds all up',
    weight: 2,
    of: 'links',
    lengths: [300, 5_000],
    async run (link, ms) {
      link.hold()
      await delay(ms)
      link.release()
    }
  }
]

async function startAgain (process, ms) {
  await delay(ms)
  await process.start()
}

async function kill (process, ms) {
  await process.end('SIGKILL')
  await startAgain(process, ms)
}

async function stop (process, ms, storm) {
  const code = await process.end('SIGTERM')
  storm.assert(code === 0, `${process.name} has ended with ${code}`)
  await startAgain(process, ms)
}

async function standStill (process, ms) {
  process.signal('SIGSTOP')
  await delay(ms)
  process.signal('SIGCONT')
}
