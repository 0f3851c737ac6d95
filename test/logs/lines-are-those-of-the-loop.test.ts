import t from 'tap'
import { build, cases, lines } from './fixtures/loud.js'
import { until } from '../support/until.js'

const changing = new Set(['time', 'responseTime'])

t.test('what a blocking handler logs is what the same handler logs on the loop, by the same logger', async (t) => {
  const app = await build()
  t.teardown(() => app.close())
  await app.ready()
  lines.length = 0

  async function ask (path: string): Promise<string[]> {
    const from = lines.length
    const { statusCode, body } = await app.inject({ url: path, headers: { 'x-id': 'the-id' } })
    t.equal(statusCode, path.endsWith('fails') ? 500 : path.endsWith('reply') ? 203 : 200)
    t.equal(body.includes('"isMainThread":true'), statusCode !== 500 && path.startsWith('/loop/'))
    await until('the request has completed', () => lines.slice(from).some(({ msg }) => /completed/.test(String(msg))) || path.endsWith('silent'))
    return lines.slice(from).map(withoutSide)
  }

  const names = [...Object.keys(cases).map(encodeURIComponent), 'fails', 'is-debugged', 'is-silent', 'logs-by-the-app']
  for (const name of names) {
    const expected = await ask(`/loop/${name}`)
    const found = await ask(`/worker/${name}`)
    t.equal(expected.length > 0, name !== 'is-silent', `${name}: the loop logs`)
    t.strictSame(found, expected, decodeURIComponent(name))
  }

  const own = await app.inject('/own-lines')
  t.strictSame(own.json(), { lines: [] }, 'the worker writes nothing by itself')
})

/** As it was written, without what two requests differ in, and the lines of a stack. */
function withoutSide (line: Record<string, unknown>): string {
  const text = JSON.stringify(line, (name, value: unknown) => {
    if (changing.has(name)) return undefined
    return name === 'stack' ? String(value).split('\n', 1)[0] : value
  })
  return text.replaceAll('/worker/', '/loop/')
}
