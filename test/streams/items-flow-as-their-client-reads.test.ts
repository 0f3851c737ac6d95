import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import t from 'tap'
import { send } from '../support/hang-up.js'
import { held, HeldTimers } from '../support/held-timers.js'
import { until } from '../support/until.js'
import { build } from './fixtures/item-streams.js'
import { chunks, closed, createCounts, ended } from './fixtures/producers.js'
import { stopReading } from './stop-reading.js'

t.test('of a client', async (t) => {
  const counts = createCounts()
  // The second slot is for the request that looks whether the thread still works on the first.
  const app = await build({ counts, plugin: { pool: { concurrentTasksPerWorker: 2 } } })
  t.teardown(() => app.close())
  const origin = await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as AddressInfo
  const isFree = (): boolean => app.blocking.stats().threads.busy === 0

  for (const side of ['worker', 'loop']) {
    for (const kind of ['sync', 'async', 'lines']) {
      await t.test(`one that stops reading holds the generator back, and one that hangs up ends it: ${side}, ${kind}`, async (t) => {
        counts.fill(0)
        const socket = await send(port, `/${side}/endless/${kind}`)
        await stopReading(t, app, socket, () => Atomics.load(counts, chunks))
        socket.destroy()
        await until('it has ended', () => Atomics.load(counts, ended) === 1)
        await until('the thread is free', isFree)
        const after = Atomics.load(counts, chunks)
        for (let turn = 0; turn < 10; turn++) await nextTurn()
        t.equal(Atomics.load(counts, chunks), after)
        t.equal(Atomics.load(counts, ended), 1)
      })
    }

    await t.test(`one that hangs up ends a generator that waits, by the signal: ${side}`, async (t) => {
      counts.fill(0)
      const socket = await send(port, `/${side}/silent`)
      await once(socket, 'data')
      socket.destroy()
      await until('it has ended', () => Atomics.load(counts, ended) === 1)
      await until('the thread is free', isFree)
    })
  }

  await t.test('while a generator is silent a comment is sent now and then, and no event is lost', async (t) => {
    const { setTimeout } = globalThis
    t.teardown(() => { globalThis.setTimeout = setTimeout })
    const soon = (callback: (...parameters: unknown[]) => void, delay?: number, ...parameters: unknown[]): NodeJS.Timeout =>
      setTimeout(callback, delay === 15_000 ? 1 : delay, ...parameters)
    globalThis.setTimeout = Object.defineProperties(soon, Object.getOwnPropertyDescriptors(setTimeout)) as typeof setTimeout
    counts.fill(0)
    const { body } = await fetch(`${origin}/loop/silent`)
    let text = ''
    for await (const chunk of body!.pipeThrough(new TextDecoderStream())) {
      text += chunk
      if (text.includes(':\n\n:\n\n')) Atomics.store(counts, closed, 1)
    }
    t.match(text, /^data: first\n\n(:\n\n){2,}data: last\n\n$/)
    t.equal(Atomics.load(counts, ended), 1)
  })
})

t.test('at the time limit the generator is ended', async (t) => {
  const limit = new HeldTimers(t)
  const counts = createCounts()
  const app = await build({ counts, plugin: { timeout: held } })
  t.teardown(() => app.close())
  const origin = await app.listen({ port: 0, host: '127.0.0.1' })
  const response = await fetch(`${origin}/worker/endless/sync`)
  await limit.runOut()
  await t.rejects(response.text())
  await until('the thread is free', () => app.blocking.stats().threads.busy === 0)
  t.equal(Atomics.load(counts, ended), 1)
  t.match(app.blocking.stats(), { failed: 0, timedOut: 1, killed: 0 })
})
