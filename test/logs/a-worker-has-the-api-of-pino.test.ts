import type { FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import { until } from '../support/until.js'
import { build, cases, lines, over } from './fixtures/pino-api.js'

t.setTimeout(120_000)
const changing = new Set(['time', 'responseTime'])

async function start (t: Test, options: Parameters<typeof build>[0] = {}): Promise<FastifyInstance> {
  const app = await build(options)
  t.teardown(() => app.close())
  await app.ready()
  return app
}

async function ask (app: FastifyInstance, side: string, path: string, tenant = ''): Promise<unknown> {
  const from = lines.length
  const before = over.count
  const { statusCode, body } = await app.inject({ url: `/${side}/${encodeURIComponent(path)}`, headers: tenant === '' ? {} : { 'x-tenant': tenant } })
  await until('the request is over', () => over.count > before)
  const text = JSON.stringify({ statusCode, body, lines: lines.slice(from).map((line) => Object.fromEntries(Object.entries(line).filter(([name]) => !changing.has(name)))) })
  return JSON.parse(text.replaceAll('worker', 'loop').replaceAll(encodeURIComponent(path), ''))
}

/** Fastify's own lines have the request and the reply. */
function isOfHandler ([first]: unknown[]): boolean {
  return typeof first === 'string' || (typeof first === 'object' && first !== null && 'side' in first)
}

t.test('in an app with pino, which has options of its own', async (t) => {
  const app = await start(t)

  await t.test('what it gives, and what it does to later lines on either side, is what it is on the loop', async (t) => {
    for (const name of Object.keys(cases)) {
      for (const tenant of ['', 'a']) t.strictSame(await ask(app, 'worker', name, tenant), await ask(app, 'loop', name, tenant), `${name} ${tenant}`)
    }
  })

  await t.test('flush() calls back once the main thread\'s has', async (t) => {
    t.match(await ask(app, 'worker', 'flushes'), { statusCode: 200, body: '{"isError":false}' })
  })

  await t.test('what cannot cross of the options of a child is named', async (t) => {
    t.strictSame((await app.inject('/refused')).json(), [
      'FST_BLOCKING_NOT_CLONEABLE option formatters.bindings of log.child() is a function and cannot cross between threads; let plain data cross, and make the rest where it is used, see docs/what-crosses.md',
      'FST_BLOCKING_NOT_CLONEABLE option redact.censor of log.child() is a function and cannot cross between threads; let plain data cross, and make the rest where it is used, see docs/what-crosses.md'
    ])
  })

  await t.test('bindings that were set are there in lines after the answer', async (t) => {
    const from = lines.length
    await app.inject('/late')
    const has = (text: string): boolean => lines.slice(from).some(({ msg }) => msg === text)
    await until('it has logged, and the request is over', () => has('[app] late') && has('[app] request completed'))
    t.match(lines.slice(from).find(({ msg }) => msg === '[app] late'), { reqId: 'the-id', user: 'ada' })
  })

  await t.test('what is set on the app\'s own logger is set on that of the main thread', async (t) => {
    t.strictSame(await ask(app, 'worker', 'app-debugs'), await ask(app, 'loop', 'app-debugs'))
    await ask(app, 'worker', 'app-level')
    await until('the level is set', () => app.log.level === 'debug')
    t.strictSame(await ask(app, 'worker', 'app-debugs'), await ask(app, 'loop', 'app-debugs'))
    app.log.level = 'warn'
    t.strictSame(await ask(app, 'worker', 'app-debugs'), { statusCode: 200, body: '{"level":"warn"}', lines: [] })
    app.log.level = 'info'
  })

  await t.test('what the app\'s own logger has is read from that of the main thread', async (t) => {
    const { body } = await ask(app, 'worker', 'app-bindings') as { body: string }
    t.strictSame(JSON.parse(body), { service: 'loop' })
    t.strictSame((app.log as unknown as { bindings: () => object }).bindings(), { service: 'worker' })
  })
})

t.test('levels that are not compared as numbers', async (t) => {
  const app = await start(t, { logger: { levelComparison: 'DESC', customLevels: {}, level: 'info' } })
  for (const name of ['isLevelEnabled', 'level', 'level-change']) t.strictSame(await ask(app, 'worker', name), await ask(app, 'loop', name), name)
})

for (const logger of [false, { level: 'silent' }, { level: 'info' }] as const) {
  t.test(`a method that a test has replaced is called, although the logger does not write: ${JSON.stringify(logger)}`, async (t) => {
    const app = await start(t, { logger })
    const told: unknown[] = []
    const replaced = ['debug', ...(logger === false || logger.level === 'silent' ? ['info'] : [])] as const
    for (const name of replaced) t.intercept(app.log, name as 'debug', { value: (...args: unknown[]) => { if (isOfHandler(args)) told.push([name, ...args]) } })
    async function toldBy (side: string): Promise<unknown> {
      told.length = 0
      await app.inject(`/${side}/logs`)
      await until('the end has been told', () => JSON.stringify(told).includes('debugged at the end'))
      return JSON.parse(JSON.stringify(told).replaceAll('worker', 'loop'))
    }
    const here = await toldBy('loop')
    t.match(here, [['debug', { side: 'loop' }, 'debug']])
    t.strictSame(await toldBy('worker'), here)
    t.intercept(app.log, 'debug', { value: () => {} })
  })
}

t.test('what another logger lacks is not there in a worker either', async (t) => {
  const heard: unknown[][] = []
  const instance = { level: 'info', child: () => instance, ...Object.fromEntries(['trace', 'debug', 'info', 'warn', 'error', 'fatal'].map((name) => [name, (...args: unknown[]) => { if (isOfHandler(args)) heard.push([name, ...args]) }])) }
  const app = await build({ loggerInstance: instance } as Parameters<typeof build>[0])
  t.teardown(() => app.close())
  await app.ready()
  const { statusCode, body } = await app.inject('/worker/setBindings')
  t.strictSame([statusCode, JSON.parse(body).message], [500, 'log.setBindings is not a function'])
  await app.inject('/worker/logs')
  t.strictSame(heard.filter(([, first]) => typeof first === 'object'), [['info', { side: 'worker' }, 'info'], ['fatal', { side: 'worker' }, 'fatal']])
})
