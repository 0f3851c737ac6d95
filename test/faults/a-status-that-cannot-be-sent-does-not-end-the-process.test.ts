import t from 'tap'
import { ThreadCount } from '../support/threads.js'
import { compare, serve } from '../lifecycle/compare.js'
import { build, statuses } from './apps/odd-headers.js'

t.test('a status that cannot be sent is an error of the handler', async (t) => {
  const threads = new ThreadCount()
  const { send } = await serve(t, build, true)
  for (const [number, title] of Object.keys(statuses).entries()) {
    const { status, body } = await send({ path: `/status/${number}` })
    t.equal(status, 500, title)
    t.match(JSON.parse(body.toString()), { message: /^(Invalid|Cannot convert)/ }, title)
  }
  t.equal(threads.started, 1, 'no thread was lost')
})

t.test('others are what they are on the loop', (t) => compare(t, build, [
  ...Array.from({ length: 8 }, (_, number) => ({ title: `message ${number}`, path: `/message/${number}` })),
  ...Array.from({ length: 4 }, (_, number) => ({ title: `code ${number}`, path: `/code/${number}`, status: 404 }))
]))
