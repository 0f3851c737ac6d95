import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { isWorker } from 'fastify-blocking'
import fp from 'fastify-plugin'
import sqlite from 'node-sqlite3-wasm'
import { hashPassword } from './passwords.js'

const migrations = new URL('../../migrations/', import.meta.url)

/**
 * The database, whose driver is synchronous: while a query runs, its thread does nothing else.
 * Each thread has a connection of its own, opened when it is first asked.
 */
export default fp(async function database (app) {
  const file = join(app.config.SHOP_DATA, 'shop.db')
  if (!isWorker) prepare(file)

  /** @type {sqlite.Database | undefined} */
  let connection
  app.addHook('onClose', async () => connection?.close())

  app.decorate('database', {
    all (query, values = []) { return /** @type {any} */ (open().all(query, values)) },
    get (query, values = []) { return /** @type {any} */ (open().get(query, values) ?? undefined) },
    run (query, values = []) { return Number(open().run(query, values).lastInsertRowid) },
    // Synchronous from begin to end, so that nothing of another request comes between.
    transact (work) {
      const database = open()
      database.exec('BEGIN IMMEDIATE')
      try {
        const result = work()
        database.exec('COMMIT')
        return result
      } finally {
        if (database.inTransaction) database.exec('ROLLBACK')
      }
    }
  })

  function open () {
    connection ??= connect(file)
    return connection
  }
}, { name: 'shop-database' })

/** @param {string} file */
function connect (file) {
  const connection = new sqlite.Database(file)
  // Another thread may be at it.
  connection.exec('PRAGMA busy_timeout = 60000; PRAGMA foreign_keys = ON')
  return connection
}

/** What has not been done of the migrations, one after the other. @param {string} file */
function prepare (file) {
  mkdirSync(join(file, '..'), { recursive: true })
  // Left behind by a process that was killed.
  rmSync(`${file}.lock`, { recursive: true, force: true })
  const connection = connect(file)
  connection.function('hash_password', (password) => hashPassword(String(password)))
  const done = Number(connection.get('PRAGMA user_version')?.user_version)
  const names = readdirSync(migrations).sort()
  for (const [index, name] of names.entries()) {
    if (index < done) continue
    connection.exec(`BEGIN; ${readFileSync(new URL(name, migrations), 'utf8')}; PRAGMA user_version = ${index + 1}; COMMIT`)
  }
  connection.close()
}
