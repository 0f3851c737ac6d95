import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { until } from '../support/until.js'
import { build } from './fixtures/listened.js'

t.test('Node does not warn of the listeners on a response with background work of both sides, a stream, and one listener of the app\'s', async (t) => {
  const file = join(t.testdir(), 'notes')
  const warnings: Error[] = []
  const warned = (warning: Error): void => { warnings.push(warning) }
  process.on('warning', warned)
  t.teardown(() => process.off('warning', warned))
  const app = await build({ file })
  t.teardown(() => app.close())
  app.addHook('onRequest', async (_request, reply) => { reply.raw.once('close', () => {}) })
  const origin = await app.listen({ port: 0, host: '127.0.0.1' })
  t.equal(await (await fetch(origin)).text(), 'ab')
  const notes = (): string[] => existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : []
  await until('both are done', () => notes().length === 2)
  t.same(notes().toSorted(), ['loop', 'worker'])
  await app.close()
  t.same(warnings.filter(({ name }) => name === 'MaxListenersExceededWarning'), [])
})
