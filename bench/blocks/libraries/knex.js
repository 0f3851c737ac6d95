import { join } from 'node:path'

export const packages = ['knex', 'better-sqlite3', 'sqlite3']

export const cases = {
  betterSqlite3: {
    call: '`await knex.raw()`, on better-sqlite3',
    async prepare (folder) {
      return await open('better-sqlite3', folder)
    }
  },
  sqlite3: {
    call: '`await knex.raw()`, on sqlite3',
    async prepare (folder) {
      return await open('sqlite3', folder)
    }
  }
}

async function open (client, folder) {
  const { default: knex } = await import('knex')
  const { createOrders, report } = await import('../data/orders.js')
  const database = knex({ client, connection: { filename: join(folder, `${client}.db`) }, useNullAsDefault: true })
  await database.raw('pragma busy_timeout = 10000')
  await database.transaction(async (transaction) => {
    for (const statement of createOrders) await transaction.raw(statement)
  })
  return async () => await database.raw(report)
}
