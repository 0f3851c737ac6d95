import t from 'tap'
import { app } from './fixtures/root-and-sub-plugin.js'

t.test('the registration nearest to a route takes it, with its own threads', async (t) => {
  t.teardown(() => app.close())
  const threadOf = async (url: string): Promise<number> => (await app.inject(url)).json<{ threadId: number }>().threadId
  const root = await threadOf('/root')
  const inner = await threadOf('/inner/route')
  t.not(root, 0)
  t.not(inner, 0)
  t.not(inner, root)
  t.equal(await threadOf('/root/again'), root)
  t.equal(await threadOf('/plain/route'), root)
  t.same(Object.keys(app.blocking.stats().routes), ['GET /root', 'HEAD /root', 'GET /root/again', 'HEAD /root/again', 'GET /plain/route', 'HEAD /plain/route'])
})
