import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { dependency } from 'fastify-blocking'
import t from 'tap'
import { registerFixture } from '../support/boot.js'
import { build } from './fixtures/contexts.js'

t.test('what lives as long as the app is made once a side before any request, and closed with it, last in first out', async (t) => {
  const journal = join(t.testdir(), 'journal')
  const app = await build({ journal })
  t.teardown(() => app.close())
  await app.ready()
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

t.test('a value is made once a request, or once a use', async (t) => {
  const app = await build({ journal: join(t.testdir(), 'journal') })
  t.teardown(() => app.close())
  await app.ready()
  for (const handler of ['blocking', 'loop']) {
    const { one, two } = (await app.inject(`/cache/${handler}`)).json() as { one: number[], two: number[] }
    t.equal(one[0], two[0])
    t.not(one[1], two[1])
    const next = (await app.inject(`/cache/${handler}`)).json() as { one: number[] }
    t.not(next.one[0], one[0])
  }
})

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
