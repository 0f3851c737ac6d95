import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

export const packages = ['@libsql/client']

export const cases = {
  execute: {
    call: '`execute()`, a local file, 400,000 rows read',
    async prepare (folder) {
      const { createClient } = await import('@libsql/client')
      const { createOrders, report } = await import('../data/orders.js')
      const client = createClient({ url: pathToFileURL(join(folder, 'shop.db')).href, timeout: 10_000 })
      await client.batch(createOrders, 'write')
      return () => client.execute(report)
    }
  }
}
