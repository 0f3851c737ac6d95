import { Type } from '@fastify/type-provider-typebox'
import { isWorker } from 'fastify-blocking'
import sqlite from 'node-sqlite3-wasm'

const querystring = Type.Object({
  from: Type.String({ format: 'date', default: '2024-01-01' }),
  to: Type.String({ format: 'date', default: '2026-12-31' })
})

const response = {
  200: Type.Array(Type.Object({
    month: Type.String(),
    orders: Type.Integer(),
    cents: Type.Integer(),
    centsSoFar: Type.Integer()
  }))
}

const sales = `
  SELECT month, orders, cents, sum(cents) OVER (ORDER BY month) AS centsSoFar
  FROM (
    SELECT strftime('%Y-%m', day) AS month, count(*) AS orders, sum(cents) AS cents
    FROM orders WHERE day BETWEEN ? AND ? GROUP BY 1
  )`

/**
 * A report from a database whose driver is synchronous: some 0.2 s, in which the event loop would answer nobody else.
 * @type {import('@fastify/type-provider-typebox').FastifyPluginAsyncTypebox}
 */
export async function report (app) {
  // The handler runs in workers, so they alone need a connection, each its own.
  const database = isWorker ? openDatabase() : undefined
  app.addHook('onClose', async () => database?.close())

  app.get('/report', { blocking: true, schema: { querystring, response } }, (request) => {
    const { from, to } = request.query
    return database.all(sales, [from, to])
  })
}

/** Yours is a file; this one is made up, in memory: 200,000 orders over three years. */
function openDatabase () {
  const database = new sqlite.Database()
  database.exec(`
    CREATE TABLE orders (id INTEGER PRIMARY KEY, day TEXT, cents INTEGER);
    WITH RECURSIVE numbers (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < 199999)
    INSERT INTO orders SELECT n, date('2024-01-01', (n % 1096) || ' days'), n * 7919 % 100003 FROM numbers`)
  return database
}
