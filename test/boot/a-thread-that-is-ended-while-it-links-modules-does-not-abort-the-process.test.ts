import { createRequire } from 'node:module'
import t from 'tap'

t.test('what Piscina loads by require() requires nothing: of an ES module Node would abort there, at times', async (t) => {
  const require = createRequire(import.meta.url)
  const before = new Set(Object.keys(require.cache))
  const { serve } = require('../../dist/worker/start.cjs') as { serve: unknown }
  t.type(serve, 'function')
  t.same(Object.keys(require.cache).filter((file) => !before.has(file)), [require.resolve('../../dist/worker/start.cjs')])
})
