import { join } from 'node:path'

export const title = 'node:sqlite'
export const packages = []

export const cases = {
  select: {
    call: '`prepare().all()`, 400,000 rows read',
    async prepare (folder) {
      const { DatabaseSync } = await import('node:sqlite')
      const { createOrders, report } = await import('../data/orders.js')
      const database = new DatabaseSync(join(folder, 'shop.db'))
      database.exec(`pragma busy_timeout = 10000; begin immediate; ${createOrders.join(';')}; commit`)
      const query = database.prepare(report)
      return async () => { query.all() }
    }
  }
}
