import type { FastifyInstance } from 'fastify'
import t from 'tap'
import { until } from '../support/until.js'
import { build, lines, logged } from './fixtures/logged.js'
import { readTable } from './page.js'

const titles = Object.keys(logged)
const changing = new Set(['time', 'responseTime'])

t.test('whatever a blocking handler logs becomes what docs/what-crosses.md says', async (t) => {
  const rows = await readTable('Log lines')
  t.same(rows.map(({ title }) => title), titles, 'each row has a case, and each case a row')
  const app = await build()
  t.teardown(() => app.close())
  await app.ready()

  for (const { title, cells: { 'the line': line } } of rows) {
    const there = await ask(app, 'worker', title)
    // What would never end.
    if (line === '`503 FST_BLOCKING_TIMEOUT`') {
      t.strictSame([there.status, there.logged.map(({ err }) => err?.code)], [503, ['FST_BLOCKING_TIMEOUT']], title)
      continue
    }
    const here = await ask(app, 'onloop', title)
    t.equal(here.status, line === 'thrown, as on the loop' ? 500 : 200, `${title}, on the loop`)
    t.equal(here.logged.length, line === 'none' ? 0 : 1, `${title}, on the loop`)
    if (/on the loop|none/.test(line!)) t.strictSame(there, here, title)
    else t.strictSame([there.status, there.logged.map(({ value }) => `\`${value}\``)], [200, [line]], title)
  }
})

async function ask (app: FastifyInstance, side: string, title: string) {
  const from = lines.length
  const { statusCode: status } = await app.inject(`/${side}/${titles.indexOf(title)}`)
  await until('the request has completed', () => lines.slice(from).some(({ msg }) => msg === 'request completed'))
  const logged = lines.slice(from).filter(({ msg }) => {
    // A thread that would not end is named once it is terminated, after the answer.
    return msg !== 'incoming request' && msg !== 'request completed' && !/^fastify-blocking: thread \d+ is terminated/.test(msg!)
  })
  return { status, logged: logged.map((line) => withoutSide(line, side)) }
}

/** As it was written, without what two requests differ in, and the lines of a stack. */
function withoutSide (line: object, side: string) {
  const text = JSON.stringify(line, (name, value: unknown) => {
    if (changing.has(name)) return undefined
    return name === 'stack' ? String(value).split('\n', 1)[0] : value
  })
  return JSON.parse(text.replaceAll(`/${side}/`, '/')) as { value?: string, err?: { code: string } }
}
