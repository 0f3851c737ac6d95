import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { dependency } from 'fastify-blocking'
import t from 'tap'
import { registerFixture } from '../support/boot.js'
import { get } from '../support/get.js'
import { send } from '../support/hang-up.js'
import { Journal } from '../support/journal.js'
import { until } from '../support/until.js'
import { build as buildClosing } from './fixtures/closing.js'
import { build } from './fixtures/contexts.js'
import { build as buildWithAwilix } from './fixtures/with-awilix.js'

const journal = join(t.testdir(), 'journal')
const app = await build({ journal })
t.teardown(() => app.close())
await app.ready()

t.test('a value is made once a request, or once a use', async (t) => {
  for (const handler of ['blocking', 'loop']) {
    const { one, two } = (await app.inject(`/cache/${handler}`)).json() as { one: number[], two: number[] }
    t.equal(one[0], two[0])
    t.not(one[1], two[1])
    const next = (await app.inject(`/cache/${handler}`)).json() as { one: number[] }
    t.not(next.one[0], one[0])
  }
})

t.test('what lives as long as the app is made once a side before any request, and closed with it, last in first out', async (t) => {
  const lines = (): string[] => readFileSync(journal, 'utf8').trim().split('\n')
  const made = ['make loopPool on the loop', 'make loopCache on the loop', 'make workerPool on the worker', 'make workerCache on the worker']
  t.same(lines().toSorted(), made.toSorted())
  for (let count = 0; count < 3; count++) {
    for (const handler of ['blocking', 'loop']) {
      t.same((await app.inject(`/app/${handler}`)).json(), { loopCache: { name: 'loopCache' } })
      t.same((await app.inject(`/worker/${handler}`)).json(), { workerCache: { name: 'workerCache' } })
    }
  }
  t.equal(lines().length, 4)
  await app.close()
  const closed = lines().slice(4)
  t.same(closed.filter((line) => line.endsWith('loop')), ['close loopCache on the loop', 'close loopPool on the loop'])
  t.same(closed.filter((line) => line.endsWith('worker')), ['close workerCache on the worker', 'close workerPool on the worker'])
})

for (const fails of ['loopCache', 'workerCache']) {
  t.test(`the app does not start without it: ${fails}`, async (t) => {
    const app = await build({ journal: join(t.testdir(), 'journal'), fails })
    const error = await app.ready().then(() => undefined, (error: Error) => error)
    t.match(`${error?.message} ${String(error?.cause)}`, `${fails} could not be made`)
    await app.close()
  })
}

t.test('one that yields once more when it is to end is an error, and ended all the same', async (t) => {
  const app = await registerFixture('registers-only.js')
  let isEnded = false
  const pool = dependency({ lifetime: 'app' }, function * () {
    try {
      yield 'pool'
      yield 'another one'
    } finally {
      isEnded = true
    }
  })
  app.get('/', { dependencies: { pool } }, async ({ dependencies }) => dependencies.pool)
  t.equal((await app.inject('/')).body, 'pool')
  await t.rejects(app.close(), { code: 'FST_BLOCKING_YIELDED_TWICE' })
  t.ok(isEnded)
})

t.test('when the server closes, requests in flight have ended before what they use is closed, on either side', async (t) => {
  const journal = new Journal()
  const app = await buildClosing({ journal: journal.file })
  t.teardown(() => app.close())
  const origin = await app.listen({ port: 0, host: '127.0.0.1' })
  const names = ['onLoop', 'inWorker', 'onBoth']
  const answers = Promise.all(names.map((name) => get(`${origin}/${name}`)))
  for (const name of names) await journal.begun(name, 'run')

  const closed = app.close()
  await until('the server refuses', () => !app.server.listening)
  t.same(journal.read(), [], 'nothing is closed while they run')
  journal.go()
  for (const answer of await answers) t.equal(answer.status, 200)
  await closed

  const lines = journal.read()
  t.same(lines.filter((line) => !line.startsWith('close')).toSorted(), [
    'inWorker is handled by the worker',
    ...Array(2).fill('loop ends, its pool is open'),
    'onBoth is handled by the loop',
    'onLoop is handled by the loop',
    ...Array(2).fill('worker ends, its pool is open')
  ])
  for (const side of ['loop', 'worker']) {
    t.equal(lines.filter((line) => line === `close ${side}Pool`).length, 1)
    t.ok(lines.indexOf(`close ${side}Pool`) > lines.lastIndexOf(`${side} ends, its pool is open`), `the last of all on the side ${side}`)
  }
})

t.test('@fastify/awilix resolves in the worker, from a scope that is disposed of once per request', async (t) => {
  const counts = new Int32Array(new SharedArrayBuffer(3 * 4))
  const [made, disposed, used] = [0, 1, 2].map((index) => () => Atomics.load(counts, index)) as [() => number, () => number, () => number]
  const app = await buildWithAwilix({ counts })
  t.teardown(() => app.close())
  await app.listen({ host: '127.0.0.1', port: 0 })

  for (const id of [1, 2, 3]) {
    t.same((await app.inject('/session')).json(), { side: 'worker', id, isSame: true, container: 'worker' })
  }
  await until('each is disposed of', () => disposed() === 3)

  t.equal((await app.inject('/throws')).statusCode, 500)
  await until('that of a handler that throws is disposed of', () => disposed() === 4)

  const address = app.server.address()
  const socket = await send(typeof address === 'object' ? address!.port : 0, '/waits')
  await until('the handler has its session', () => used() === 1)
  socket.destroy()
  await until('that of a client that has hung up is disposed of', () => disposed() === 5)

  t.equal((await app.inject('/loop')).body, 'loop', 'a route on the loop has a scope there')
  t.same((await app.inject('/session')).json(), { side: 'worker', id: 6, isSame: true, container: 'worker' })
  await until('the last one is disposed of', () => disposed() === 6)
  t.equal(made(), 6, 'none was made for nothing')
})
