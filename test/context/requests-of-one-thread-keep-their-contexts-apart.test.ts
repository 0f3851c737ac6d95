import t from 'tap'
import { build } from './fixtures/tenants.js'

t.test('requests that run in one thread at the same time keep their contexts apart', async (t) => {
  const app = await build({ pool: { concurrentTasksPerWorker: 8 } })
  t.teardown(() => app.close())
  const names = Array.from({ length: 40 }, (_, index) => `tenant-${index}`)
  const found = await Promise.all(names.map(async (name) => {
    const response = await app.inject(`/handler?tenant=${name}`)
    return response.json<{ tenants: string[] }>().tenants
  }))
  t.strictSame(found, names.map((name) => [name, name]))
})
