import { join } from 'node:path'

export const packages = ['node-sqlite3-wasm']

export const cases = {
  select: {
    call: '`all()`, 400,000 rows read',
    async prepare (folder) {
      const { default: { Database } } = await import('node-sqlite3-wasm')
      const { createOrders, report } = await import('../data/orders.js')
      const database = new Database(join(folder, 'shop.db'))
      database.exec(`pragma busy_timeout = 10000; begin immediate; ${createOrders.join(';')}; commit`)
      return async () => { database.all(report) }
    }
  }
}
