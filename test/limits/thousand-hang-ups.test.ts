import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { EventEmitter } from 'node:events'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { build } from '../fixtures/behaviours.js'
import { send } from '../support/hang-up.js'
import { ThreadCount } from '../support/threads.js'
import { until } from '../support/until.js'

function countTimers (): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
}

t.test('1,000 clients that hang up, queued or running, leave nothing behind and restart no thread', async (t) => {
  const threads = new ThreadCount()
  const gate = join(t.testdir(), 'gate')
  const responses: Array<EventEmitter & { destroyed: boolean }> = []
  const app = await build({
    plugin: { grace: 0, timeout: 60_000, queue: { timeout: 60_000 }, pool: { minThreads: 2, maxThreads: 2 } },
    routes: { '/still': { does: 'standStill' }, '/signal': { does: 'readSignal' }, '/tell': { does: 'tell' } }
  })
  t.teardown(() => app.close())
  app.addHook('onRequest', async (_request, { raw }) => { responses.push(raw) })
  await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as AddressInfo
  const tellAll = async (): Promise<Set<number>> => {
    const told = await Promise.all(Array.from({ length: 40 }, () => app.inject('/tell')))
    return new Set(told.map((response) => response.json().threadId))
  }
  const before = await tellAll()
  t.equal(before.size, 2)
  responses.length = 0
  const timers = countTimers()
  const listeners = process.eventNames().map((name) => process.listenerCount(name))

  for (let round = 0; round < 10; round++) {
    // Two that run, one of which minds its client, and 98 that wait.
    const running = [await send(port, `/still?gate=${gate}-${round}`), await send(port, '/signal')]
    await until('two run', () => app.blocking.stats().threads.busy === 2)
    const waiting = await Promise.all(Array.from({ length: 98 }, () => send(port, '/tell')))
    await until('the others wait', () => app.blocking.stats().queue === 98)
    for (const socket of [...waiting, ...running]) socket.destroy()
    await until('none waits', () => app.blocking.stats().queue === 0)
    writeFileSync(`${gate}-${round}`, '')
    await until('none runs', () => app.blocking.stats().threads.busy === 0)
  }

  t.equal(responses.length, 1_000)
  await until('every response is over', () => responses.every(({ destroyed }) => destroyed))
  t.equal(Math.max(...responses.map((response) => response.listenerCount('close'))), 0, 'no listener is left')
  t.same(process.eventNames().map((name) => process.listenerCount(name)), listeners)
  // Fastify's connections have timers of their own.
  await until('every connection is closed', () => !process.getActiveResourcesInfo().includes('TCPSocketWrap'))
  await until('no timer is left', () => countTimers() <= timers)
  t.match(app.blocking.stats(), { queue: 0, killed: 0, failed: 1_000, completed: 40, threads: { live: 2, busy: 0, starting: 0, exiting: 0 } })
  t.same(await tellAll(), before, 'the same threads')
  t.equal(threads.started, 2)
})
