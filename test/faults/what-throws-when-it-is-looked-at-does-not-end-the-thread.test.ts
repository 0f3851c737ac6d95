import t from 'tap'
import { ThreadCount } from '../support/threads.js'
import { serve } from '../lifecycle/compare.js'
import { build, values } from './apps/unreadable.js'

t.test('a value that throws when it is looked at does not cross, and its thread goes on', async (t) => {
  const threads = new ThreadCount()
  const { send } = await serve(t, build, true)
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
