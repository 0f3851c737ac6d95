import { join } from 'node:path'

export const packages = ['drizzle-orm', 'better-sqlite3']

export const cases = {
  select: {
    call: '`await database.select()`, on better-sqlite3',
    async prepare (folder) {
      const { default: Database } = await import('better-sqlite3')
      const { avg, count, sum } = await import('drizzle-orm')
      const { drizzle } = await import('drizzle-orm/better-sqlite3')
      const { real, sqliteTable, text } = await import('drizzle-orm/sqlite-core')
      const { createOrders } = await import('../data/orders.js')
      const client = new Database(join(folder, 'shop.db'), { timeout: 10_000 })
      client.exec(`begin immediate; ${createOrders.join(';')}; commit`)
      const orders = sqliteTable('orders', { customer: text(), price: real() })
      const database = drizzle({ client })
      return async () => await database
        .select({ customer: orders.customer, orders: count(), paid: sum(orders.price), mean: avg(orders.price) })
        .from(orders).groupBy(orders.customer)
    }
  }
}
