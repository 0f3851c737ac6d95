import t from 'tap'
import { build } from './fixtures/injects.js'

t.test('inject() in a worker is refused for routes with dependencies, as a guard would be missing', async (t) => {
  const app = await build()
  t.teardown(() => app.close())
  await app.ready()
  const ask = async (url: string): Promise<unknown> => (await app.inject(`/inject?url=${url}`)).json()

  t.same(await ask('/free'), { statusCode: 200, body: { free: true } })
  for (const url of ['/guarded/loop', '/guarded/worker']) {
    t.equal((await app.inject(url)).statusCode, 401, `${url} is guarded`)
    t.match(await ask(url), { statusCode: 500, body: { code: 'FST_BLOCKING_LOOP_ONLY', message: url } })
  }
})

t.test('a HEAD route has the dependencies of the GET route that it is made from', async (t) => {
  const app = await build()
  t.teardown(() => app.close())
  const got = await app.inject('/name')
  const head = await app.inject({ method: 'HEAD', url: '/name' })
  t.same(got.json(), { method: 'GET' })
  t.equal(got.headers['x-name'], 'name')
  t.equal(head.statusCode, 200)
  t.equal(head.headers['x-name'], 'name')
  t.equal((await app.inject({ method: 'HEAD', url: '/guarded/worker' })).statusCode, 401)
})
