import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { build } from './fixtures/contexts.js'

t.test('what a context adds comes before what is inside it, on every route, HEAD too, and for no 404', async (t) => {
  const journal = join(t.testdir(), 'journal')
  const app = await build({ journal })
  t.teardown(() => app.close())
  await app.ready()
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
