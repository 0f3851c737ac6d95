import { randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Type } from '@fastify/type-provider-typebox'
import { isWorker } from 'fastify-blocking'
import { writeXlsxStream } from 'hucre/xlsx'
import sqlite from 'node-sqlite3-wasm'

const folder = fileURLToPath(new URL('data/', import.meta.url))
const file = `${folder}orders.db`

const period = {
  from: Type.String({ format: 'date', default: '2024-01-01' }),
  to: Type.String({ format: 'date', default: '2026-12-31' })
}

const months = {
  querystring: Type.Object(period),
  response: {
    200: Type.Array(Type.Object({
      month: Type.String(),
      orders: Type.Integer(),
      cents: Type.Integer(),
      centsSoFar: Type.Integer()
    }))
  }
}

const products = {
  querystring: Type.Object({ ...period, limit: Type.Integer({ minimum: 1, maximum: 100, default: 10 }) }),
  response: {
    200: Type.Array(Type.Object({
      product: Type.String(),
      orders: Type.Integer(),
      cents: Type.Integer(),
      share: Type.Number()
    }))
  }
}

/**
 * Reports from a database whose driver is synchronous: while it reads, the event loop would answer nobody.
 * @type {import('@fastify/type-provider-typebox').FastifyPluginAsyncTypebox}
 */
export async function reports (app) {
  if (!isWorker) prepareDatabase()

  // Each worker has its own connection. It opens it when first asked: by then the file is there.
  /** @type {sqlite.Database | undefined} */
  let database
  app.addHook('onClose', async () => database?.close())

  // With this driver one connection reads at a time. Better to wait in the queue than in a thread.
  const options = { blocking: { concurrency: 1 } }

  app.get('/months', { ...options, schema: months }, ({ query: { from, to } }) => read(`
    SELECT month, orders, cents, sum(cents) OVER (ORDER BY month) AS centsSoFar
    FROM (
      SELECT substr(day, 1, 7) AS month, count(*) AS orders, sum(cents) AS cents
      FROM orders WHERE day BETWEEN ? AND ? GROUP BY 1
    )`, [from, to]))

  app.get('/products', { ...options, schema: products }, ({ query: { from, to, limit } }) => read(`
    SELECT product, count(*) AS orders, sum(cents) AS cents, 1.0 * sum(cents) / sum(sum(cents)) OVER () AS share
    FROM orders WHERE day BETWEEN ? AND ? GROUP BY product ORDER BY cents DESC LIMIT ?`, [from, to, limit]))

  // Rows are read, written and compressed as fast as the client takes them, which may take minutes, and never all in memory.
  app.get('/orders.xlsx', { blocking: { timeout: 600_000 }, schema: { querystring: Type.Object(period) } }, ({ query: { from, to } }, reply) => {
    reply.type('application/vnd.openxmlformats-officedocument.spreadsheetml.sheet')
    return writeXlsxStream(orders(), {
      name: 'Orders',
      columns: [
        { header: 'Day', key: 'day', width: 12 },
        { header: 'Product', key: 'product', width: 16 },
        { header: 'Price', key: 'price', numFmt: '0.00' }
      ],
      freezePane: { rows: 1 }
    })

    // Between two pages the other reports may read, however slow this client is.
    function * orders () {
      let page
      for (let last = -1; (page = read(`
        SELECT id, day, product, cents / 100.0 AS price FROM orders WHERE id > ? AND day BETWEEN ? AND ? LIMIT 5000`, [last, from, to]
      )).length > 0; last = page.at(-1).id) yield * page
    }
  })

  /** @param {string} query @param {(string | number)[]} values @returns {any} */
  function read (query, values) {
    database ??= openDatabase()
    return database.all(query, values)
  }
}

function openDatabase () {
  const database = new sqlite.Database(file, { readOnly: true })
  // The other report, or another process, may be reading.
  database.exec('PRAGMA busy_timeout = 60000')
  return database
}

function prepareDatabase () {
  if (!existsSync(file)) makeDatabase()
  // Left behind by a process that was killed. Nobody writes to this file, so a lock in use may go, too.
  rmSync(`${file}.lock`, { recursive: true, force: true })
}

/** Makes up 200,000 orders over three years, under another name, so that nobody ever sees half of them. */
function makeDatabase () {
  mkdirSync(folder, { recursive: true })
  const draft = `${folder}${randomUUID()}.db`
  const database = new sqlite.Database(draft)
  database.exec(`
    CREATE TABLE orders (id INTEGER PRIMARY KEY, day TEXT, product TEXT, cents INTEGER);
    WITH RECURSIVE numbers (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < 199999)
    INSERT INTO orders
    SELECT n, date('2024-01-01', (n % 1096) || ' days'), 'product ' || (n % 50 + 1), n * 7919 % 100003 FROM numbers`)
  database.close()
  // Another process may have been faster.
  if (existsSync(file)) rmSync(draft)
  else renameSync(draft, file)
}
