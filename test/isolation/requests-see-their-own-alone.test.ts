import t from 'tap'
import { Agent, request } from 'undici'
import { build } from './fixtures/canaries.js'
import { build as buildStream } from './fixtures/stream-after-its-error.js'

interface Marked {
  mark: string
  found: string[]
  others: string[]
}

t.test('nothing that a request has put on what it was given is there for the next one on the same thread', async (t) => {
  const app = await build({})
  t.teardown(() => app.close())
  const first = await app.inject({ url: '/mark', headers: { 'x-mark': 'first' } })
  t.equal(first.statusCode, 299)
  t.same(first.json(), { mark: 'first', found: [], others: [] })
  const look = async (when: string): Promise<void> => {
    const { id, ...seen } = (await app.inject('/look')).json() as { id: string }
    t.same(seen, { found: [], headers: {}, status: 200 }, when)
  }
  await look('after an answer')
  t.equal((await app.inject('/throw')).statusCode, 418)
  await look('after an error')
  for (const mark of ['one', 'another']) {
    t.same((await app.inject({ url: '/enter', headers: { 'x-mark': mark } })).json(), { found: null }, 'in a function')
    await look('after a function')
  }
  for (const [url, status] of [['/stuck', 503], ['/exit', 500]] as const) {
    t.equal((await app.inject(url)).statusCode, status)
    await look(`after a thread that was lost by ${url}`)
  }
  const last = await app.inject({ url: '/mark', headers: { 'x-mark': 'last' } })
  t.same(last.json(), { mark: 'last', found: [], others: [] })
})

t.test('a stream of a request that was answered with an error meanwhile is not the answer of the next one', async (t) => {
  const app = await buildStream({})
  t.teardown(() => app.close())
  const failed = await app.inject('/fails')
  t.equal(failed.statusCode, 500)
  t.match(failed.json(), { message: 'after the stream' })
  const next = await app.inject('/next')
  t.equal(next.body, 'the second')
  t.equal(next.headers['x-of'], undefined)
  t.equal(app.blocking.stats().run.count, 2)
})

for (const concurrentTasksPerWorker of [1, 8]) {
  t.test(`while threads are killed, requests find and log their own marks alone: ${concurrentTasksPerWorker} at once in a thread`, async (t) => {
    const lines: { mark?: string, reqId?: string, msg: string }[] = []
    const app = await build({ pool: { minThreads: 2, maxThreads: 2, concurrentTasksPerWorker }, lines: (line: string) => { lines.push(JSON.parse(line)) } })
    t.teardown(() => app.close())
    const origin = await app.listen({ host: '127.0.0.1', port: 0 })
    const agent = new Agent()
    t.teardown(() => agent.destroy())
    let answered = 0
    let lost = 0
    const wrong: unknown[] = []

    async function client (name: number): Promise<void> {
      for (let count = 0; count < 60; count++) {
        const mark = `${name}-${count}`
        if (name === 0 && count % 20 === 0) {
          const { statusCode, body } = await request(`${origin}/${count % 40 === 0 ? 'stuck' : 'exit'}`, { dispatcher: agent })
          await body.dump()
          if (statusCode < 500) wrong.push(statusCode)
          continue
        }
        const { statusCode, headers, body } = await request(`${origin}/mark?turns=${count % 4}${count % 3 === 0 ? '&asks' : ''}`, {
          method: 'POST', dispatcher: agent, headers: { 'x-mark': mark, 'content-type': 'application/json' }, body: JSON.stringify({ mark })
        })
        const answer = await body.json() as Marked & { code?: string }
        if (statusCode === 500 && answer.code === 'FST_BLOCKING_THREAD_LOST') lost++
        else if (statusCode !== 299 || headers['x-mark'] !== mark || headers['x-raw'] !== mark || answer.mark !== mark || answer.found.length + answer.others.length > 0) wrong.push({ mark, statusCode, headers, answer })
        else answered++
      }
    }
    await Promise.all(Array.from({ length: 12 }, (_, name) => client(name)))

    t.same(wrong, [])
    // Those that shared a thread with one that ended it are lost, and none else: three killings, of as many as a thread has at once.
    t.ok(lost <= 3 * (concurrentTasksPerWorker - 1), `${lost} were lost`)
    t.equal(answered + lost, 12 * 60 - 3)
    const marks = new Map<string, Set<string>>()
    for (const { mark, reqId } of lines) if (mark !== undefined) marks.set(reqId!, (marks.get(reqId!) ?? new Set()).add(mark))
    t.ok(marks.size >= answered, 'each has logged')
    t.same([...marks.values()].filter(({ size }) => size > 1), [], 'a line has the id of its own request')
  })
}
