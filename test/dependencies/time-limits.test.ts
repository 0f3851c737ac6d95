import t, { type Test } from 'tap'
import { held, HeldTimers } from '../support/held-timers.js'
import { type Does, Journal } from '../support/journal.js'
import { until } from '../support/until.js'
import { build, handlers } from './fixtures/chains.js'

const names = ['l0', 'w1', 'l2', 'w3']
const isOnLoop = (handler: string): boolean => !handler.startsWith('blocking')

const limit = new HeldTimers(t)

interface Case {
  path: string
  does: Does
  code: string | RegExp
}

/** Asks, and checks that the request was ended as it should: 503, each of the generators once. */
async function exceed (t: Test, app: Awaited<ReturnType<typeof build>>, { path, does, code }: Case): Promise<string[]> {
  const [[name, steps]] = Object.entries(does) as [[string, Record<string, string>]]
  await until('there is a thread', () => app.blocking.stats().threads.live === 1)
  const journal = new Journal()
  const answer = fetch(`${app.listeningOrigin}${path}${journal.query(does)}`)
  await journal.begun(name, Object.keys(steps)[0]!)
  await limit.runOut()
  const response = await answer
  t.equal(response.status, 503, `${path} ${JSON.stringify(does)}`)
  t.match(await response.json(), { code })
  journal.go()
  const count = (what: string): number => journal.read().filter((line) => line.startsWith(what)).length
  await until(`${path} ${JSON.stringify(does)} is torn down: ${journal.read().join()}`, () => count('close') === count('open'))
  await until('no thread is busy', () => app.blocking.stats().threads.busy === 0)
  const closes = journal.read().filter((line) => line.startsWith('close'))
  t.equal(new Set(closes).size, closes.length, 'once each')
  return journal.read()
}

const limits = {
  'of the route': { route: { blocking: { timeout: held } }, code: 'FST_BLOCKING_TIMEOUT' },
  'of the registration': { plugin: { timeout: held }, code: 'FST_BLOCKING_TIMEOUT' },
  // Which is our limit too, from the visit on; the two are over at once.
  'handlerTimeout of the route': { route: { handlerTimeout: held }, code: /^FST_(ERR_HANDLER|BLOCKING)_TIMEOUT$/ },
  'handlerTimeout of the route, before its own': { route: { handlerTimeout: held, blocking: { timeout: 100_000 } }, code: 'FST_ERR_HANDLER_TIMEOUT' }
}

for (const [which, { code, ...options }] of Object.entries(limits)) {
  t.test(`a time limit is over while the loop is waited for, or what minds the signal: ${which}`, async (t) => {
    const app = await build({ ...options, plugin: { grace: 100_000, ...'plugin' in options ? options.plugin : {} }, only: ['lwlw'] })
    t.teardown(() => app.close())
    await app.listen({ port: 0, host: '127.0.0.1' })
    const { threadId } = (await app.inject('/thread')).json() as { threadId: number }
    for (const handler of handlers.filter((name) => !(isOnLoop(name) && 'blocking' in ('route' in options ? options.route : {})))) {
      const path = `/lwlw/${handler}`
      // Fastify's limit counts the first phase, ours the visit.
      if ('route' in options && 'handlerTimeout' in options.route) {
        const lines = await exceed(t, app, { path, does: { l0: { open: 'wait' } }, code })
        t.same(lines.filter((line) => /^open|^close/.test(line)), ['open l0', 'close l0'])
      }
      const onLoop = await exceed(t, app, { path, does: { l2: { open: 'wait' } }, code })
      t.same(onLoop.filter((line) => line.startsWith('open')), ['open l0', 'open w1', 'open l2'])
      t.notOk(onLoop.includes('handle'))
      for (const name of ['w1', 'w3']) {
        const lines = await exceed(t, app, { path, does: { [name]: { open: 'mindSignal' } }, code })
        t.match(lines.filter((line) => line.startsWith('open')), names.slice(0, names.indexOf(name) + 1).map((name) => `open ${name}`))
      }
      if (handler === 'sync') continue
      const inHandler = await exceed(t, app, { path, does: { handler: { run: isOnLoop(handler) ? 'wait' : 'mindSignal' } }, code })
      t.equal(inHandler.filter((line) => line.startsWith('close')).length, 4)
    }
    t.match(app.blocking.stats(), { killed: 0, queue: 0, threads: { live: 1, busy: 0 } })
    t.same((await app.inject('/thread')).json(), { threadId }, 'the same thread')
  })
}

t.test('a time limit, and the grace period, are over while it is torn down: the thread is not killed for what the loop does', async (t) => {
  const app = await build({ route: { blocking: { timeout: held } }, plugin: { grace: 2_000 }, only: ['lwlw'] })
  t.teardown(() => app.close())
  await app.listen({ port: 0, host: '127.0.0.1' })
  for (const handler of handlers.filter((name) => !isOnLoop(name))) {
    for (const does of [{ l2: { close: 'wait' } }]) {
      const lines = await exceed(t, app, { path: `/lwlw/${handler}`, does, code: 'FST_BLOCKING_TIMEOUT' })
      t.equal(lines.filter((line) => line.startsWith('close')).length, 4, `${handler} ${JSON.stringify(does)}`)
    }
  }
  t.match(app.blocking.stats(), { killed: 0, queue: 0, threads: { live: 1, busy: 0 } })
})

for (const [which, { code, ...options }] of Object.entries(limits)) {
  t.test(`what loops for ever is killed, and what is open on the loop is ended: ${which}`, async (t) => {
    const app = await build({ ...options, plugin: { grace: 20, ...'plugin' in options ? options.plugin : {} }, only: ['lwlw'] })
    t.teardown(() => app.close())
    await app.listen({ port: 0, host: '127.0.0.1' })
    const endless: [name: string, step: string][] = [['w1', 'open'], ['w3', 'open'], ['handler', 'run'], ['w3', 'close'], ['w1', 'close']]
    // The other limits come to the same as these: a time limit of ours, and Fastify's.
    const all = which === 'of the route' || which === 'handlerTimeout of the route, before its own'
    for (const [name, step] of all ? endless : [['w3', 'open'] as const]) {
      await until('there is a thread', () => app.blocking.stats().threads.live === 1)
      const before = app.blocking.stats().killed
      const journal = new Journal()
      const answer = fetch(`${app.listeningOrigin}/lwlw/blocking${journal.query({ [name]: { [step]: 'loop' } })}`)
      await journal.begun(name, step)
      await limit.runOut()
      const response = await answer
      t.equal(response.status, 503)
      t.match(await response.json(), { code })
      await until('no thread is busy', () => app.blocking.stats().threads.busy === 0)
      await until('the thread is killed', () => app.blocking.stats().killed === before + 1)
      const onLoop = (what: string): string[] => journal.read().filter((line) => line.startsWith(`${what} l`)).map((line) => line.slice(-2))
      await until(`the loop's are ended: ${journal.read().join()}`, () => onLoop('close').length === onLoop('open').length)
      t.same(onLoop('close'), onLoop('open').reverse(), `${name}.${step}: last in, first out`)
    }
    await until('the pool is back', () => app.blocking.stats().threads.live === 1)
    t.match(app.blocking.stats(), { queue: 0, threads: { busy: 0 } })
  })
}
