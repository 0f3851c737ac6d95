import { join } from 'node:path'
import { promisify } from 'node:util'

export const packages = ['sqlite3']

export const cases = {
  select: {
    call: '`all()`, 400,000 rows read',
    async prepare (folder) {
      const { default: sqlite3 } = await import('sqlite3')
      const { createOrders, report } = await import('../data/orders.js')
      const database = new sqlite3.Database(join(folder, 'shop.db'))
      const exec = promisify(database.exec).bind(database)
      await exec(`pragma busy_timeout = 10000; begin immediate; ${createOrders.join(';')}; commit`)
      return () => promisify(database.all).call(database, report)
    }
  }
}
