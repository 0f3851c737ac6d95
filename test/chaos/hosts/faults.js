import { setTimeout as delay } from 'node:timers/promises'

/*
 * What may happen to the processes, and to their links. Each fault is over when what it has broken works again. `of` names the
 * targets of which one is chosen; `lengths` are the shortest and the longest time in ms that it lasts.
 */

const again = async (party, ms) => {
  await delay(ms)
  await party.start()
}

export const faults = [
  {
    name: 'a host is killed',
    weight: 3,
    of: 'hosts',
    lengths: [0, 2_000],
    async run (host, ms) {
      await host.end('SIGKILL')
      await again(host, ms)
    }
  },
  {
    name: 'a host leaves',
    weight: 1,
    of: 'hosts',
    lengths: [0, 1_000],
    async run (host, ms, storm) {
      const code = await host.end('SIGTERM')
      storm.assert(code === 0, `${host.name} has left with ${code}`)
      await again(host, ms)
    }
  },
  { name: 'a host stands still for less than three heartbeats', weight: 3, of: 'hosts', lengths: [200, 2_500], run: standStill },
  { name: 'a host stands still for more than three heartbeats', weight: 3, of: 'hosts', lengths: [3_200, 6_000], run: standStill },
  {
    name: 'a server is killed',
    weight: 1.5,
    of: 'servers',
    lengths: [0, 2_000],
    async run (server, ms) {
      await server.end('SIGKILL')
      await again(server, ms)
    }
  },
  {
    name: 'a server closes',
    weight: 0.5,
    of: 'servers',
    lengths: [0, 1_000],
    async run (server, ms, storm) {
      const code = await server.end('SIGTERM')
      storm.assert(code === 0, `${server.name} has closed with ${code}`)
      await again(server, ms)
    }
  },
  { name: 'a server stands still', weight: 1, of: 'servers', lengths: [200, 5_000], run: standStill },
  ...['SIGKILL', 'SIGTERM'].map((signal) => ({
    name: `the broker gets ${signal}`,
    weight: 1,
    of: 'brokers',
    lengths: [0, 3_000],
    async run (broker, ms) {
      await broker.end(signal)
      await again(broker, ms)
    }
  })),
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

async function standStill (party, ms) {
  party.signal('SIGSTOP')
  await delay(ms)
  party.signal('SIGCONT')
}
