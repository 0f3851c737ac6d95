import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { threadId } from 'node:worker_threads'
import t from 'tap'
import { build } from './fixtures/contexts.js'

const journal = join(t.testdir(), 'journal')
const app = await build({ journal })
t.teardown(() => app.close())
await app.ready()

t.test('what a context adds comes before what is inside it, on every route, HEAD too, and for no 404', async (t) => {
  const order = ['outer on the loop', 'inner on the worker', 'own on the loop', 'handle']
  for (const handler of ['blocking', 'loop']) {
    for (const method of ['GET', 'HEAD'] as const) {
      const ask = async (stop = '') => {
        writeFileSync(journal, '')
        const { statusCode } = await app.inject({ method, url: `/guarded/${handler}?stop=${stop}` })
        return { statusCode, lines: readFileSync(journal, 'utf8').trim().split('\n') }
      }
      t.same(await ask(), { statusCode: 200, lines: order }, `${method} ${handler}`)
      for (const [index, name] of ['outer', 'inner', 'own'].entries()) {
        t.same(await ask(name), { statusCode: 401, lines: order.slice(0, index + 1) }, `${method} ${handler} ${name}`)
      }
    }
  }
  writeFileSync(journal, '')
  t.equal((await app.inject('/guarded/unknown')).statusCode, 404)
  t.equal((await app.inject({ method: 'POST', url: '/guarded/loop' })).statusCode, 404)
  t.equal(readFileSync(journal, 'utf8'), '')
})

t.test('inject() in a worker is refused for routes with dependencies, as a guard would be missing', async (t) => {
  const ask = async (url: string): Promise<unknown> => (await app.inject(`/inject?url=${url}`)).json()

  t.same(await ask('/free'), { statusCode: 200, body: { free: true } })
  for (const url of ['/refusing/loop', '/refusing/worker']) {
    t.equal((await app.inject(url)).statusCode, 401, `${url} is guarded`)
    t.match(await ask(url), { statusCode: 500, body: { code: 'FST_BLOCKING_LOOP_ONLY', message: `inject() of GET ${url}, which has dependencies` } })
  }
})

t.test('a HEAD route has the dependencies of the GET route that it is made from', async (t) => {
  const got = await app.inject('/name')
  const head = await app.inject({ method: 'HEAD', url: '/name' })
  t.same(got.json(), { method: 'GET' })
  t.equal(got.headers['x-name'], 'name')
  t.equal(head.statusCode, 200)
  t.equal(head.headers['x-name'], 'name')
  t.equal((await app.inject({ method: 'HEAD', url: '/refusing/worker' })).statusCode, 401)
})

t.test('a route may use the name of a dependency of its context for another one', async (t) => {
  t.same((await app.inject('/crossing')).json(), { user: 'of the route', account: 'account of the context' }, 'both cross, each as itself')
  t.same((await app.inject('/hidden')).json(), { user: 'of the route' }, 'what it hides would have been made by the worker')
})

for (const fake of [false, true]) {
  t.test(`overrideDependency: a blocking dependency runs in the worker, ${fake ? 'as its fake' : 'as itself'}`, async (t) => {
    const asked = fake ? await build({ journal, fake }) : app
    if (fake) t.teardown(() => asked.close())
    await asked.ready()
    for (const handler of ['blocking', 'loop']) {
      const { account } = (await asked.inject(`/account/${handler}`)).json() as { account: { is: string, threadId: number, isWorker: boolean } }
      t.match(account, { is: fake ? 'fake' : 'real', isWorker: true })
      t.not(account.threadId, threadId)
    }
  })
}
