import t from 'tap'
import { build } from '../fixtures/behaviours.js'
import { serve } from '../lifecycle/compare.js'
import { ThreadCount } from '../support/threads.js'
import { build as buildUnreadable, values } from './fixtures/unreadable.js'
import { build as buildUnsendable } from './fixtures/unsendable.js'

t.test('a value that throws when it is looked at does not cross, and its thread goes on', async (t) => {
  const threads = new ThreadCount()
  const { send } = await serve(t, buildUnreadable, true)
  const isError = (title: string): boolean => title.startsWith('an Error') || title.startsWith('an Agg')
  for (const [number, title] of Object.keys(values).entries()) {
    const put = await send({ path: `/put/${number}` })
    t.equal(put.status, 200, `${title}, put on the request`)
    t.equal(put.headers['x-custom'] === 'throws FST_BLOCKING_NOT_CLONEABLE', !isError(title), title)
    for (const name of ['__proto__', 'constructor']) {
      const { status, headers } = await send({ path: `/named/${name}/${number}` })
      t.equal(status, 200, `${title}, put on the request as ${name}`)
      t.equal(headers['x-request'], 'object', 'the request inherits what it did')
      t.equal(headers[`x-${name.replaceAll('_', '')}`] === 'throws FST_BLOCKING_NOT_CLONEABLE', !isError(title), `${title} as ${name}`)
    }
    for (const path of ['header', 'thrown', 'rejected', 'stream', 'call', 'throwing']) {
      const { status, body } = await send({ path: `/${path}/${number}` })
      if (['stream', 'call', 'throwing'].includes(path)) t.equal(status, 500, `${title}, ${path}`)
      t.notMatch(body.toString(), /THREAD_LOST|TIMEOUT/, `${title}, ${path}`)
    }
  }
  for (const name of ['__proto__', 'constructor', 'custom']) {
    const { headers } = await send({ path: `/data/${name}` })
    t.equal(headers[`x-${name.replaceAll('_', '')}`], '{"data":true}', name)
  }
  t.equal((await send({ path: '/getter' })).headers['x-custom'], 'throws FST_BLOCKING_NOT_CLONEABLE')
  t.equal(threads.started, 1, 'no thread was lost')
})

t.test('an answer that cannot be cloned is what the loop makes of it, or a 500 with a code; the thread stays', async (t) => {
  const threads = new ThreadCount()
  const odd = ['giveFunction', 'giveProxy', 'giveFields']
  const app = await build({
    plugin: { pool: { minThreads: 1, maxThreads: 1 } },
    routes: {
      '/giveStreamOfObjects': { does: 'giveStreamOfObjects' },
      '/tell': { does: 'tell' },
      ...Object.fromEntries(odd.flatMap((does) => [[`/${does}`, { does }], [`/loop/${does}`, { does, blocking: false }]]))
    }
  })
  t.teardown(() => app.close())
  const before = (await app.inject('/tell')).json()

  for (const name of odd) {
    const [worker, loop] = [await app.inject(`/${name}`), await app.inject(`/loop/${name}`)]
    t.equal(worker.statusCode, loop.statusCode, name)
    t.equal(worker.payload.replace('/loop', ''), loop.payload.replace('/loop', ''), name)
  }
  const stream = await app.inject('/giveStreamOfObjects')
  t.equal(stream.statusCode, 500)
  t.match(stream.json(), { code: 'FST_BLOCKING_UNSUPPORTED_ANSWER' })

  t.same((await app.inject('/tell')).json(), before, 'the same thread')
  t.equal(threads.started, 1)
})

t.test('of a request that cannot be sent to a worker', async (t) => {
  const app = await buildUnsendable()
  t.teardown(() => app.close())
  await app.ready()

  await t.test('it is a 500, and its slot is free again', async (t) => {
    for (const url of ['/header', '/getter']) {
      t.equal((await app.inject(url)).statusCode, 500, url)
    }
    t.match((await app.inject('/header')).json(), {
      code: 'FST_BLOCKING_NOT_CLONEABLE', message: /^request\.headers\.x-function is a function/
    })
    // Some enter when another leaves, and not from their own handler.
    const responses = await Promise.all(['/sendable', '/header', '/sendable', '/getter', '/header', '/sendable'].map((url) => app.inject(url)))
    t.same(responses.map(({ statusCode }) => statusCode), [200, 500, 200, 500, 500, 200])
    t.match(app.blocking.stats(), { threads: { live: 1, busy: 0 }, queue: 0, completed: 3, failed: 6 })
  })

  await t.test('a header of the reply is made a text, as on the loop', async (t) => {
    const { statusCode, headers, body } = await app.inject('/reply-header')
    t.match([statusCode, headers['x-function'], body], [200, "() => 'no header'", 'as on the loop'])
  })

  await t.test('a body that is nested too deeply to be cloned is an error where it is touched, and only there', async (t) => {
    const { completed } = app.blocking.stats()
    const depth = 400_000
    const post = async (url: string) => await app.inject({
      method: 'POST', url, headers: { 'content-type': 'application/json' }, payload: '['.repeat(depth) + ']'.repeat(depth)
    })

    const touched = await post('/body')
    t.equal(touched.statusCode, 500)
    t.match(touched.json(), { code: 'FST_BLOCKING_NOT_CLONEABLE', message: /^request\.body is nested too deeply/ })
    const untouched = await post('/untouched')
    t.strictSame([untouched.statusCode, untouched.body], [200, 'not looked at'])
    const parsedThere = await post('/parsed')
    t.strictSame([parsedThere.statusCode, parsedThere.body], [200, 'true'])
    t.match(app.blocking.stats(), { threads: { live: 1, busy: 0 }, killed: 0, completed: completed + 3 })
  })
})
