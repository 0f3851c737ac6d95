import t from 'tap'
import { build, handlers, withheld } from './apps/changes.js'
import { compare, serve } from './compare.js'

t.test('what a handler puts on the request or the reply is there in the hooks that come after it', async (t) => {
  await compare(t, build, Object.keys(handlers).flatMap((title, index) => [
    { title, path: `/${index}/text` },
    { title: `${title}, of a handler that throws`, path: `/${index}/thrown`, status: 500 },
    { title: `${title}, of a handler that calls the not-found handler`, path: `/${index}/missing`, status: 404 }
  ]))
})

t.test('what cannot cross throws where it is touched', async (t) => {
  const { send } = await serve(t, build, true)
  for (const [index, title] of Object.keys(withheld).entries()) {
    const { status, body } = await send({ path: `/${Object.keys(handlers).length + index}/text` })
    t.equal(status, 500, title)
    t.match(body.toString(), /"FST_BLOCKING_NOT_CLONEABLE".*request\.kept/, title)
  }
})
