import { get, type IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { until } from '../support/until.js'
import { build, payloads, replies } from './fixtures/answers.js'
import { build as buildChanging } from './fixtures/changes-in-place.js'
import { readTable } from './page.js'

const app = await build()
t.teardown(() => app.close())
const origin = await app.listen({ port: 0, host: '127.0.0.1' })
const titles = [...Object.keys(payloads), ...Object.keys(replies)]

t.test('every payload reaches the client as docs/what-crosses.md says', async (t) => {
  const rows = await readTable('Payloads')
  t.same(rows.map(({ title }) => title), Object.keys(payloads), 'each row has a case, and each case a row')

  for (const { title, cells } of rows) {
    const there = await ask('worker', title)
    t.equal(`\`${there.status} ${there.told}\``, cells['the client gets'], title)
    // What would stop this process, or never end.
    if (cells['on the loop'] === '—') continue
    const here = await ask('onloop', title)
    const told = `\`${here.status} ${here.told}\``
    if (cells['on the loop'] === 'the same') t.strictSame(there, { ...here, visits: 1 }, `${title}, on the loop`)
    else t.equal(told, cells['on the loop'], `${title}, on the loop`)
  }
  // A visit that is ended with its thread counts once that is over.
  await until('every visit has ended', () => app.blocking.stats().run.count === rows.length)
})

t.test('everything that a handler does with its reply comes to what docs/what-crosses.md says', async (t) => {
  const rows = await readTable('The reply')
  t.same(rows.map(({ title }) => title), Object.keys(replies), 'each row has a case, and each case a row')

  for (const { title, cells } of rows) {
    const [here, there] = [await ask('onloop', title), await ask('worker', title)]
    if (cells['in a worker'] === 'as on the loop') t.strictSame(there, { ...here, visits: 1 }, title)
    else t.strictSame([`\`${there.told}\``, there.status], [cells['in a worker'], 500], title)
    t.equal(String(here.status), cells['status on the loop'], `${title}, on the loop`)
  }
})

t.test('what a handler has changed within an object that a hook has put there, later hooks find changed', async (t) => {
  const app = await buildChanging()
  t.teardown(() => app.close())
  const [loop, worker] = [await app.inject('/loop'), await app.inject('/worker')]
  t.same(JSON.parse(String(loop.headers['x-end'])), {
    names: ['of a hook', 'of the handler'], at: [['here', 1]], locals: { deep: { deeper: [1] } }, isKept: true
  })
  t.same(JSON.parse(String(worker.headers['x-end'])), JSON.parse(String(loop.headers['x-end'])), 'and what it has not is the same object')
})

interface Answer {
  status: number | undefined
  statusMessage: string | undefined
  headers: object
  trailers: object
  body: string
  /** The body, or of an error its code or message. */
  told: string
  /** How many went to a worker. */
  visits: number
}

async function ask (side: string, title: string): Promise<Answer> {
  const before = app.blocking.stats().run.count
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    get(`${origin}/${side}/${titles.indexOf(title)}`, { agent: false }, resolve).on('error', reject)
  })
  const body = (await text(response)).replace(`/${side}/`, '/')
  const { date, connection, ...headers } = response.headers
  const visits = app.blocking.stats().run.count - before
  const { statusCode: status, statusMessage, trailers } = response
  return { status, statusMessage, headers, trailers, body, told: tell(body, status), visits }
}

function tell (body: string, status = 0): string {
  if (status < 400 || !body.startsWith('{')) return body === '' ? 'empty' : body
  const { code, message } = JSON.parse(body) as { code?: string, message: string }
  return (code ?? message).split('\n', 1)[0]!
}
