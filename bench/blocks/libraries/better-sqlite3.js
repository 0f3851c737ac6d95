import { join } from 'node:path'

export const packages = ['better-sqlite3']

export const cases = {
  select: {
    call: '`prepare().all()`, 400,000 rows read',
    async prepare (folder) {
      const { report } = await import('../data/orders.js')
      const query = (await open(folder)).prepare(report)
      return async () => { query.all() }
    }
  },
  insert: {
    call: '`transaction()`, 100,000 inserts',
    async prepare (folder) {
      const database = await open(folder)
      database.exec('create table if not exists copies (customer text, price real)')
      const insert = database.prepare('insert into copies values (?, ?)')
      const copy = database.transaction(() => {
        database.exec('delete from copies')
        for (let index = 0; index < 100_000; index++) insert.run(`customer ${index}`, index)
      })
      return async () => { copy.immediate() }
    }
  }
}

/** A file that is there when a thread comes after one that was terminated. */
async function open (folder) {
  const { default: Database } = await import('better-sqlite3')
  const { createOrders } = await import('../data/orders.js')
  const database = new Database(join(folder, 'shop.db'), { timeout: 10_000 })
  database.pragma('journal_mode = wal')
  database.exec(`begin immediate; ${createOrders.join(';')}; commit`)
  return database
}
