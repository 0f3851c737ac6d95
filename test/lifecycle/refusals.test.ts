import t from 'tap'
import { build, buildUpgrade, refused, withheld } from './apps/refusals.js'
import { serve } from './compare.js'

interface Refusal {
  statusCode: number
  code: string
  message: string
}

t.test('what needs the socket is refused with a code, and the thread goes on', async (t) => {
  const { app, send } = await serve(t, build, true)
  for (const [index, [title, [, code]]] of Object.entries(refused).entries()) {
    const { status, body } = await send({ path: `/refused/${index}` })
    t.equal(status, 500, title)
    t.equal((JSON.parse(body.toString()) as Refusal).code, code, title)
  }
  t.same(app.blocking.stats().threads, { starting: 0, live: 1, busy: 0, retired: 0, exiting: 0 })
  t.equal(app.blocking.stats().failed, 0)
})

t.test('what cannot cross throws when it is touched, and only then', async (t) => {
  const { send } = await serve(t, build, true)
  for (const [index, [title, [, where]]] of Object.entries(withheld).entries()) {
    // Twice: what could not be cloned once is looked at before the next time.
    for (const time of ['first', 'second']) {
      const untouched = await send({ path: `/withheld/${index}/untouched` })
      t.equal(untouched.body.toString(), 'untouched', `${title}, untouched, for the ${time} time`)
      const replaced = await send({ path: `/withheld/${index}/replaced` })
      t.equal(replaced.body.toString(), 'replaced', `${title}, replaced, for the ${time} time`)
      for (const owner of ['request', 'reply']) {
        const { status, body } = await send({ path: `/withheld/${index}/${owner}` })
        const refusal = JSON.parse(body.toString()) as Refusal
        t.equal(status, 500, `${title} on the ${owner}, for the ${time} time`)
        t.equal(refusal.code, 'FST_BLOCKING_NOT_CLONEABLE')
        t.ok(refusal.message.startsWith(`${owner}.kept${where} `), refusal.message)
      }
    }
  }
})

t.test('a websocket route that is marked blocking is refused at boot', async (t) => {
  await t.rejects(buildUpgrade(), { code: 'FST_BLOCKING_UPGRADE_ROUTE', message: /GET \/socket/ })
})
