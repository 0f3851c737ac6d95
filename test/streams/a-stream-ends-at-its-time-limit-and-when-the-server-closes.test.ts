import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { send } from '../support/hang-up.js'
import { held, HeldTimers } from '../support/held-timers.js'
import { until } from '../support/until.js'
import { build, closed, createCounts, ended } from './fixtures/producers.js'

t.test('at its time limit the connection of a stream is broken, and its producer ended', async (t) => {
  const limit = new HeldTimers(t)
  const counts = createCounts()
  const app = await build({ counts, plugin: { timeout: held, grace: 100_000 } })
  t.teardown(() => app.close())
  const origin = await app.listen({ port: 0, host: '127.0.0.1' })
  const response = await fetch(`${origin}/generator`)
  await limit.runOut()
  await t.rejects(response.text())
  await until('the thread is free', () => app.blocking.stats().threads.busy === 0)
  t.equal(Atomics.load(counts, ended), 1)
  t.match(app.blocking.stats(), { failed: 0, timedOut: 1, killed: 0 })
})

t.test('at the time limit of a stream a thread that goes on is terminated', async (t) => {
  const limit = new HeldTimers(t)
  const app = await build({ plugin: { timeout: held, grace: 0 } })
  t.teardown(() => app.close())
  const origin = await app.listen({ port: 0, host: '127.0.0.1' })
  const response = await fetch(`${origin}/deaf`)
  await limit.runOut()
  await t.rejects(response.text())
  t.equal((await app.inject('/thread')).statusCode, 200)
  t.match(app.blocking.stats(), { failed: 0, timedOut: 1, completed: 1, killed: 1 })
})

t.test('closing waits for streams that end within the grace period', async (t) => {
  const counts = createCounts()
  const app = await build({ counts, plugin: { grace: 100_000 } })
  await app.listen({ port: 0, host: '127.0.0.1' })
  const socket = await send((app.server.address() as AddressInfo).port, '/one')
  let text = ''
  socket.on('data', (data: Buffer) => { text += data })
  await until('the first has come', () => text.includes('first'))
  const closing = app.close()
  Atomics.store(counts, closed, 1)
  await until('all has come', () => text.endsWith('0\r\n\r\n'))
  // It said keep-alive before the server closed.
  socket.destroy()
  await closing
  t.match(text, /first[^]*last/)
  t.equal(Atomics.load(counts, ended), 1)
})

for (const [title, path] of [['produces more', '/asyncGenerator'], ['is silent', '/silent']] as const) {
  t.test(`closing ends a stream that ${title}`, async (t) => {
    const grace = new HeldTimers(t)
    const counts = createCounts()
    const app = await build({ counts, plugin: { grace: held } })
    const origin = await app.listen({ port: 0, host: '127.0.0.1' })
    const response = await fetch(`${origin}${path}`)
    const closed = app.close()
    await grace.runOut()
    await t.rejects(response.text())
    await until('it has ended', () => Atomics.load(counts, ended) > 0)
    await closed
    t.equal(Atomics.load(counts, ended), 1, 'by its finally, or destroy()')
  })
}

t.test('closing ends a stream whose client has stopped reading', async (t) => {
  const grace = new HeldTimers(t)
  const counts = createCounts()
  const app = await build({ counts, plugin: { grace: held } })
  await app.listen({ port: 0, host: '127.0.0.1' })
  const socket = await send((app.server.address() as AddressInfo).port, '/generator')
  await once(socket, 'readable')
  const closed = app.close()
  await grace.runOut()
  await until('it has ended', () => Atomics.load(counts, ended) > 0)
  await closed
  t.equal(Atomics.load(counts, ended), 1, 'by its finally')
  socket.destroy()
})
