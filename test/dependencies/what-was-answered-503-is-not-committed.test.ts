import t, { type Test } from 'tap'
import { get } from '../support/get.js'
import { held, HeldTimers } from '../support/held-timers.js'
import { type Does, Journal } from '../support/journal.js'
import { until } from '../support/until.js'
import { build, handlers } from './fixtures/chains.js'

type App = Awaited<ReturnType<typeof build>>

const limit = new HeldTimers(t)
const chains = ['l', 'L', 'w', 'W', 'lwlw', 'LWLW']
const limits = {
  'of the registration': { plugin: { timeout: held } },
  handlerTimeout: { route: { handlerTimeout: held, blocking: { timeout: 100_000 } } },
  'handlerTimeout, which is that of the route': { route: { handlerTimeout: held } }
}

const isOnLoop = (handler: string): boolean => !handler.startsWith('blocking')
const namesOf = (chain: string): string[] => [...chain.toLowerCase()].map((letter, index) => letter + index)
const step = (line: string): string => line.replace(/ was thrown .*/, ' was thrown')

/** Boots when it is first called, and closes the app when the file is over. */
function bootOnce (options: Parameters<typeof build>[0]): () => Promise<App> {
  let booting: Promise<App> | undefined
  const boot = async (): Promise<App> => {
    const app = await build(options)
    t.teardown(() => app.close())
    await app.listen({ port: 0, host: '127.0.0.1' })
    return app
  }
  return () => (booting ??= boot())
}

/** Asks, and lets go on what waits once it is answered 503. Gives what was done. */
async function exceed (t: Test, app: App, path: string, does: Does): Promise<string[]> {
  const [[name, steps]] = Object.entries(does) as [[string, Record<string, string>]]
  const journal = new Journal()
  const answer = get(`${app.listeningOrigin}${path}${journal.query(does)}`)
  await journal.begun(name, Object.keys(steps)[0]!)
  await limit.runOut()
  t.equal((await answer).status, 503, `${path} ${JSON.stringify(does)}`)
  journal.go()
  const count = (what: string): number => journal.read().filter((line) => line.startsWith(what)).length
  await until(`${path} is torn down: ${journal.read().join()}`, () => count('close') === count('open'))
  await until('no thread is busy', () => app.blocking.stats().threads.busy === 0)
  return journal.read().filter((line) => !line.startsWith('error handler')).map(step)
}

for (const [which, { plugin = {}, route = {} }] of Object.entries<{ plugin?: object, route?: object }>(limits)) {
  const boot = bootOnce({ route, only: [...chains, 'ww'], plugin: { ...plugin, grace: 100_000 } })

  t.test(`a time limit is over while the handler runs, which goes on to its end: ${which}`, async (t) => {
    const app = await boot()
    for (const chain of chains) {
      for (const handler of handlers) {
        // The loop can neither be told anything meanwhile, nor has it a limit of ours without a visit.
        if (handler === 'sync' || (isOnLoop(handler) && /^l$/i.test(chain) && !('handlerTimeout' in route))) continue
        const lines = await exceed(t, app, `/${chain}/${handler}`, { handler: { run: 'wait' } })
        t.same(lines, [
          ...namesOf(chain).map((name) => `open ${name}`),
          'handle',
          ...namesOf(chain).reverse().flatMap((name) => [`${name} was thrown`, `close ${name}`])
        ], `${chain}/${handler}`)
      }
    }
    t.match(app.blocking.stats(), { killed: 0, queue: 0 })
  })

  t.test(`a time limit is over while a dependency is made: nothing begins after it: ${which}`, async (t) => {
    const app = await boot()
    for (const [chain, name] of [['ww', 'w0'], ['ww', 'w1'], ['lwlw', 'w1'], ['lwlw', 'l2'], ['lwlw', 'w3'], ['LWLW', 'w1'], ['LWLW', 'w3']] as const) {
      // The other limits come to the same.
      for (const handler of 'plugin' in limits[which as keyof typeof limits] ? handlers : ['blocking', 'async']) {
        const begun = namesOf(chain).slice(0, namesOf(chain).indexOf(name) + 1)
        const lines = await exceed(t, app, `/${chain}/${handler}`, { [name]: { open: 'wait' } })
        t.same(lines.filter((line) => line.startsWith('open') || line === 'handle'), begun.map((one) => `open ${one}`), `${chain}/${handler} ${name}`)
        // What is resolved when it is over has its end, with the error.
        for (const one of begun) t.ok(lines.includes(`${one} was thrown`), `${one} was thrown: ${lines.join()}`)
      }
    }
    t.match(app.blocking.stats(), { killed: 0, queue: 0 })
  })

  t.test(`a time limit is over when the teardown has begun: that decides, and its answer is sent: ${which}`, async (t) => {
    const app = await boot()
    for (const chain of chains) {
      for (const handler of handlers) {
        const last = namesOf(chain).at(-1)!
        // Where nobody is told of the limit.
        if (/^l$/i.test(chain) && !('handlerTimeout' in route)) continue
        // The thread, or the loop, would not hear of it.
        if (chain === 'L') continue
        const journal = new Journal()
        const answer = get(`${app.listeningOrigin}/${chain}/${handler}${journal.query({ [last]: { close: 'mindSignal' } })}`)
        await journal.begun(last, 'close')
        await limit.runOut()
        const got = await answer
        t.equal(got.status, 200, `${chain}/${handler}: ${journal.read().join()}`)
        t.same(journal.read(), [...namesOf(chain).map((name) => `open ${name}`), 'handle', ...namesOf(chain).reverse().map((name) => `close ${name}`)])
        await until('no thread is busy', () => app.blocking.stats().threads.busy === 0)
      }
    }
    t.match(app.blocking.stats(), { killed: 0, queue: 0 })
  })
}

t.test('a teardown on the loop does not end within the grace period: 503, and what has not been ended gets the error', async (t) => {
  for (const [which, { plugin = {}, route = {} }] of Object.entries<{ plugin?: object, route?: object }>(limits)) {
    const app = await build({ route, only: ['lwlw'], plugin: { ...plugin, grace: 100 } })
    t.teardown(() => app.close())
    await app.listen({ port: 0, host: '127.0.0.1' })
    for (const handler of handlers) {
      await until('there is a thread', () => app.blocking.stats().threads.live === 1)
      const journal = new Journal()
      const answer = get(`${app.listeningOrigin}/lwlw/${handler}${journal.query({ l2: { close: 'wait' } })}`)
      await journal.begun('l2', 'close')
      await limit.runOut()
      t.equal((await answer).status, 503, `${which} ${handler}`)
      journal.go()
      await until('it is torn down', () => journal.read().includes('close l0'))
      const lines = journal.read().map(step)
      t.notOk(lines.includes('l2 was thrown'))
      t.ok(lines.includes('l0 was thrown'), `${which} ${handler}: ${lines.join()}`)
    }
  }
})

t.test('a handler on the loop never returns: after the grace period its generators get the error', async (t) => {
  const app = await build({ route: { handlerTimeout: held }, only: ['l', 'lwlw'], plugin: { grace: 50 } })
  t.teardown(() => app.close())
  await app.listen({ port: 0, host: '127.0.0.1' })
  for (const chain of ['l', 'lwlw']) {
    for (const handler of ['async', 'send']) {
      await until('there is a thread', () => app.blocking.stats().threads.live === 1)
      const journal = new Journal()
      const answer = get(`${app.listeningOrigin}/${chain}/${handler}${journal.query({ handler: { run: 'wait' } })}`)
      await journal.begun('handler', 'run')
      await limit.runOut()
      t.equal((await answer).status, 503)
      const count = (what: string): number => journal.read().filter((line) => line.startsWith(what)).length
      await until(`what is on the loop is torn down: ${journal.read().join()}`, () => count('close l') === count('open l'))
      t.ok(journal.read().map(step).includes('l0 was thrown'))
      const before = journal.read().length
      journal.go()
      // That has no such limit.
      t.equal((await app.inject('/thread')).statusCode, 200)
      t.equal(journal.read().length, before, 'nothing comes after it')
    }
  }
})

t.test('the app closes, and what has been told so ends without an error: 503, and nothing is committed', async (t) => {
  for (const chain of ['w', 'l', 'lwlw']) {
    for (const handler of chain === 'w' ? ['blocking', 'blockingAsync', 'blockingSend'] : ['blockingAsync']) {
      const app = await build({ route: { blocking: { timeout: 0 } }, only: [chain], plugin: { grace: held } })
      const origin = await app.listen({ port: 0, host: '127.0.0.1' })
      const journal = new Journal()
      const answer = get(`${origin}/${chain}/${handler}${journal.query({ handler: { run: 'mindSignal' } })}`)
      await journal.begun('handler', 'run')
      const closed = app.close()
      await limit.runOut()
      t.match(await answer, { status: 503, body: { code: 'FST_BLOCKING_CLOSING' } }, `${chain}/${handler}`)
      await closed
      for (const name of namesOf(chain)) t.match(journal.read().find((line) => line.startsWith(`${name} was thrown`)), /closing/, name)
    }
  }
})

t.test('Fastify\'s handlerTimeout is over while the request waits for a thread: what is open gets that error, before the answer', async (t) => {
  const app = await build({ route: { handlerTimeout: held, blocking: { timeout: 100_000 } }, only: ['lwlw'] })
  t.teardown(() => app.close())
  const first = new Journal()
  const origin = await app.listen({ port: 0, host: '127.0.0.1' })
  // Answered 503 itself, and its thread held as long as it likes.
  const running = get(`${origin}/lwlw/blocking${first.query({ w1: { open: 'wait' } })}`)
  await first.begun('w1', 'open')
  for (const handler of handlers) {
    const journal = new Journal()
    const answer = get(`${origin}/lwlw/${handler}${journal.query()}`)
    await until('it waits', () => app.blocking.stats().queue === 1)
    await limit.runOut()
    t.equal((await answer).status, 503)
    t.match(journal.read(), ['open l0', /^l0 was thrown Request timed out/, 'close l0', /^error handler Request timed out/])
  }
  first.go()
  t.equal((await running).status, 503)
  await until('no thread is busy', () => app.blocking.stats().threads.busy === 0)
})
