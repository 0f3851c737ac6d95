import { join } from 'node:path'

export const packages = ['libsql']

export const cases = {
  select: {
    call: '`prepare().all()`, 400,000 rows read',
    async prepare (folder) {
      const { default: Database } = await import('libsql')
      const { createOrders, report } = await import('../data/orders.js')
      const database = new Database(join(folder, 'shop.db'), { timeout: 10_000 })
      database.exec(`begin immediate; ${createOrders.join(';')}; commit`)
      const query = database.prepare(report)
      return async () => { query.all() }
    }
  }
}
