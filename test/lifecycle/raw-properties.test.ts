import t from 'tap'
import { build, handlers, values, withheld } from './apps/raw-properties.js'
import { compare, serve } from './compare.js'

t.setTimeout(120_000)

t.test('what is put on the raw request and the raw response is there, on both sides', async (t) => {
  await compare(t, build, Object.keys(values).flatMap((value, index) => Object.keys(handlers).map((handler, number) => (
    { title: `${value}, and the handler: ${handler}`, path: `/${index}/${number}` }
  ))))
})

t.test('what cannot cross throws where it is touched, and not before', async (t) => {
  const { send } = await serve(t, build, true)
  for (const [index, title] of Object.keys(withheld).entries()) {
    const prefix = `/${Object.keys(values).length + index}`
    for (const what of ['request', 'reply']) {
      const { status, body } = await send({ path: `${prefix}/${what}` })
      t.equal(status, 500, `${title} on the ${what}`)
      t.match(body.toString(), new RegExp(`"FST_BLOCKING_NOT_CLONEABLE".*${what}\\.raw\\.${what === 'request' ? 'user' : 'locals'}`))
    }
    t.equal((await send({ path: `${prefix}/untouched` })).status, 200)
  }
})

t.test('what replaces methods of the raw response stays on the loop', async (t) => {
  await compare(t, build, [{ title: 'writeHead and end', path: '/patched' }])
})

t.test('what a handler sets of Node\'s own on the raw response counts', async (t) => {
  await compare(t, build, [{ title: 'shouldKeepAlive', path: '/kept-alive' }])
})
