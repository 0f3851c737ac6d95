import t from 'tap'
import { Journal } from '../support/journal.js'
import { until } from '../support/until.js'
import { build, handlers } from './fixtures/chains.js'

// While one thread takes the place of the last, the other has the next request.
const app = await build({ only: ['lwlw'], plugin: { pool: { minThreads: 2, maxThreads: 2 } } })
t.teardown(() => app.close())
const origin = await app.listen({ port: 0, host: '127.0.0.1' })

for (const handler of handlers) {
  t.test(`a thread ends in the midst of a request: 500, and what is open on the loop is ended: ${handler}`, async (t) => {
    const places: Array<[name: string, step: string]> = [['w1', 'open'], ['w3', 'open'], ['w3', 'close'], ['w1', 'close']]
    if (handler.startsWith('blocking')) places.push(['handler', 'run'])
    for (const [name, step] of places) {
      await until('there is a thread', () => app.blocking.stats().threads.live > 0)
      const journal = new Journal()
      const response = await fetch(`${origin}/lwlw/${handler}${journal.query({ [name]: { [step]: 'exit' } })}`)
      t.equal(response.status, 500, `${name}.${step}`)
      t.match(await response.json(), { code: 'FST_BLOCKING_THREAD_LOST', handled: /exited with code 3/ })
      const onLoop = (what: string): string[] => journal.read().filter((line) => line.startsWith(`${what} l`)).map((line) => line.slice(-2))
      t.same(onLoop('close'), onLoop('open').reverse(), `before the answer, last in, first out: ${name}.${step}`)
    }
    await until('the pool is back', () => app.blocking.stats().threads.live === 2)
    t.match(app.blocking.stats(), { killed: 0, queue: 0, threads: { busy: 0 } })
  })
}

for (const handler of ['async', 'send']) {
  t.test(`a thread ends while its request is on the loop: 500, and no later answer: ${handler}`, async (t) => {
    const two = await build({ only: ['lwlw', 'w'], plugin: { pool: { concurrentTasksPerWorker: 2 } } })
    t.teardown(() => two.close())
    const origin = await two.listen({ port: 0, host: '127.0.0.1' })
    for (const [name, step] of [['handler', 'run'], ['l2', 'open']] as const) {
      await until('there is a thread', () => two.blocking.stats().threads.live === 1)
      const journal = new Journal()
      const response = fetch(`${origin}/lwlw/${handler}${journal.query({ [name]: { [step]: 'wait' } })}`)
      await journal.begun(name, step)
      t.equal((await fetch(`${origin}/w/blocking${new Journal().query({ w0: { open: 'exit' } })}`)).status, 500)
      t.equal((await response).status, 500, `${name}.${step}`)
      t.match(await (await response).json(), { code: 'FST_BLOCKING_THREAD_LOST' })
      journal.go()
      const count = (what: string): number => journal.read().filter((line) => line.startsWith(what)).length
      await until(`the loop's are ended: ${journal.read().join()}`, () => count('close l') === count('open l'))
      t.same(journal.read().filter((line) => line.startsWith('close')), ['close l2', 'close l0'], `${name}.${step}`)
    }
  })
}
