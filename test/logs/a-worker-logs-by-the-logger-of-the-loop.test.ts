import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import Fastify from 'fastify'
import t, { type Test } from 'tap'
import { ThreadCount } from '../support/threads.js'
import { until } from '../support/until.js'
import { build, cases, lines } from './fixtures/loud.js'
import { build as buildNotPino, lines as linesNotOfPino } from './fixtures/not-pino.js'
import plugin from './fixtures/plugin.js'

const changing = new Set(['time', 'responseTime'])

t.test('in an app with pino, which has options of its own', async (t) => {
  const app = await build()
  t.teardown(() => app.close())
  await app.ready()

  async function ask (t: Test, path: string): Promise<string[]> {
    const from = lines.length
    const { statusCode, body } = await app.inject({ url: path, headers: { 'x-id': 'the-id' } })
    t.equal(statusCode, path.endsWith('fails') ? 500 : path.endsWith('reply') ? 203 : 200)
    t.equal(body.includes('"isMainThread":true'), statusCode !== 500 && path.startsWith('/loop/'))
    await until('the request has completed', () => lines.slice(from).some(({ msg }) => /completed/.test(String(msg))) || path.endsWith('silent'))
    return lines.slice(from).map(withoutSide)
  }

  await t.test('what a blocking handler logs is what the same handler logs on the loop, by the same logger', async (t) => {
    lines.length = 0
    const names = [...Object.keys(cases).map(encodeURIComponent), 'fails', 'is-debugged', 'is-silent', 'logs-by-the-app']
    for (const name of names) {
      const expected = await ask(t, `/loop/${name}`)
      const found = await ask(t, `/worker/${name}`)
      t.equal(expected.length > 0, name !== 'is-silent', `${name}: the loop logs`)
      t.strictSame(found, expected, decodeURIComponent(name))
    }

    const own = await app.inject('/own-lines')
    t.strictSame(own.json(), { lines: [] }, 'the worker writes nothing by itself')
  })

  await t.test('when the app\'s serializer fails at what a worker logs, that is logged, and nothing else is touched', async (t) => {
    lines.length = 0
    const { statusCode } = await app.inject({ url: '/unprintable', headers: { 'x-id': 'odd' } })
    t.equal(statusCode, 200)
    t.match(lines.find(({ level }) => level === 50), { msg: /could not be logged/, err: { type: 'TypeError' } })
    t.match(lines.find(({ msg }) => msg === 'goes on'), { reqId: 'odd' })
  })

  await t.test('a request that a worker injects is logged by the main thread, with its own id', async (t) => {
    const response = await app.inject({ url: '/injects', headers: { 'x-id': 'outer' } })
    t.strictSame(response.json(), { isMainThread: false })
    await until('both have completed', () => lines.filter(({ msg, reqId }) => msg === 'request completed' && ['inner', 'outer'].includes(reqId)).length === 2)
    const inner = lines.filter(({ reqId }) => reqId === 'inner')
    t.match(inner, [
      { msg: 'incoming request', factory: 'own' },
      { msg: 'from a child', module: 'a', part: 'b', password: '[Redacted]' },
      { msg: 'request completed', res: { statusCode: 200 } }
    ])
    t.equal(inner.length, 3)
  })

  await t.test('what is logged when the visit is over has the id of its request, and describes it', async (t) => {
    await app.inject({ url: '/late', headers: { 'x-id': 'long-gone' } })
    await until('it was logged', () => lines.some(({ msg }) => msg === 'afterwards'))
    const late = lines.filter(({ msg }) => msg === 'afterwards')
    t.match(late, [{ reqId: 'long-gone', level: 30, req: { method: 'GET', url: '/late' } }])
    t.equal(late.length, 1)
  })

  await t.test('what a thread logs right before it exits is not lost', async (t) => {
    const { statusCode } = await app.inject({ url: '/crash', headers: { 'x-id': 'doomed' } })
    t.equal(statusCode, 500)
    t.equal(lines.filter(({ msg, reqId }) => msg === 'the last words' && reqId === 'doomed').length, 1)
    t.equal(lines.filter(({ msg }) => msg === 'and those of the app').length, 1)
  })
})

t.test('a logger with no more than Fastify demands has children in a worker, and a level', async (t) => {
  const app = await buildNotPino()
  t.teardown(() => app.close())
  await app.ready()
  t.equal((await app.inject('/child')).body, 'logged')
  const find = (): Record<string, unknown> | undefined => linesNotOfPino.find(({ level }: { level: string }) => level === 'warn')
  await until('the line has come', () => find() !== undefined)
  t.match(find(), { reqId: 'req-1', part: 'a', parts: ['of a child'] })
})

t.test('the worker of a plugin writes to the transport of the main thread, and has none of its own', async (t) => {
  const threads = new ThreadCount()
  const file = join(t.testdir(), 'log')
  const read = (): Record<string, unknown>[] => readFileSync(file, 'utf8').split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as Record<string, unknown>)
  const app = Fastify({ pluginTimeout: 100_000, logger: { transport: { target: 'pino/file', options: { destination: file } } } })
  await app.register(plugin)
  await app.ready()
  await app.inject('/log')
  await until('the transport has written it', () => read().some(({ msg }) => msg === 'request completed'))
  t.match(read().filter(({ msg }) => msg === 'from a plugin'), [{ level: 40, user: 'ada', reqId: 'req-1' }])
  t.equal(read().filter(({ msg }) => msg === 'the plugin is loaded').length, 2, 'on each side once')
  t.equal(threads.started, 2, 'the transport, and the worker')
  await app.close()
})

/** As it was written, without what two requests differ in, and the lines of a stack. */
function withoutSide (line: Record<string, unknown>): string {
  const text = JSON.stringify(line, (name, value: unknown) => {
    if (changing.has(name)) return undefined
    return name === 'stack' ? String(value).split('\n', 1)[0] : value
  })
  return text.replaceAll('/worker/', '/loop/')
}
