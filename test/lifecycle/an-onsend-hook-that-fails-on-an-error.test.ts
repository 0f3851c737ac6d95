import type { FastifyInstance } from 'fastify'
import t from 'tap'
import { build } from './apps/failing-hooks.js'

async function ask (app: FastifyInstance, path: string) {
  const { statusCode, body } = await app.inject(path)
  return { statusCode, body, counts: Reflect.get(app, 'counts') as object }
}

// As docs/what-crosses.md says: the loop's side does not know that an error handler has been asked already.
const own = JSON.stringify({ statusCode: 418, error: 'I\'m a Teapot', message: 'the hook' })
const handled = JSON.stringify({ handled: 'the hook' })

for (const [title, path, failures] of [['once', '/handler', 1], ['each time', '/handler?after=9', 2]] as const) {
  t.test(`${title}: on the loop the error of the hook goes to Fastify's error handler, of a blocking handler to the app's first, with onError; the status is the same`, async (t) => {
    const [loop, worker] = [await build({ blocking: false }), await build({ blocking: true })]
    t.teardown(() => Promise.all([loop, worker].map((app) => app.close())))
    t.same(await ask(loop, path), { statusCode: 418, body: own, counts: { onError: failures, errorHandler: 1, onSend: 2 } })
    t.same(await ask(worker, path), { statusCode: 418, body: failures === 1 ? handled : own, counts: { onError: failures, errorHandler: 1, onSend: failures + 1 } })
    t.same((await worker.inject('/counts')).json(), { onError: 1, errorHandler: 1 }, 'in the worker')
    t.equal(worker.blocking.stats().run.count, 2)
  })
}
