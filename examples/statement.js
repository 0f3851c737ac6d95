import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Type } from '@fastify/type-provider-typebox'
import closeWithGrace from 'close-with-grace'
import Fastify from 'fastify'
import blocking, { dependency, isWorker } from 'fastify-blocking'
import sqlite from 'node-sqlite3-wasm'

// A new file, unless one is given. Workers inherit the environment, and so open the same one.
process.env.DATABASE ??= join(mkdtempSync(join(tmpdir(), 'statement-')), 'bank.db')

/**
 * A connection per worker, as long as the worker lives. This driver locks with a directory beside the file, which a thread that is
 * terminated within a transaction leaves behind: routes that use it have `terminate: false`.
 */
const database = dependency({ blocking: true, lifetime: 'app' }, function * database () {
  const database = new sqlite.Database(process.env.DATABASE)
  try {
    database.exec(`
      PRAGMA busy_timeout = 60000;
      BEGIN IMMEDIATE;
      CREATE TABLE IF NOT EXISTS accounts (owner TEXT PRIMARY KEY, cents INTEGER NOT NULL);
      CREATE TABLE IF NOT EXISTS entries (id INTEGER PRIMARY KEY, owner TEXT, text TEXT, cents INTEGER);
      INSERT OR IGNORE INTO accounts VALUES ('ada', 10000), ('grace', 5000);
      INSERT OR IGNORE INTO entries VALUES (1, 'ada', 'opened', 10000), (2, 'grace', 'opened', 5000);
      COMMIT`)
    yield database
  } finally {
    database.close()
  }
})

/** A transaction per request: whatever throws, the handler or another dependency, takes everything back. */
const session = dependency({ blocking: true, dependencies: { database } }, function * session (request, { database }) {
  database.exec('BEGIN IMMEDIATE')
  try {
    yield database
    database.exec('COMMIT')
  } finally {
    if (database.inTransaction) database.exec('ROLLBACK')
  }
})

/** Who asks. It waits for another service, as it were, and so stays on the loop; whoever is refused here takes up no thread. */
const user = dependency({
  schema: { headers: Type.Object({ authorization: Type.String({ pattern: '^Bearer ' }) }) }
}, async function user (request) {
  const name = await nameOf(request.headers.authorization.slice('Bearer '.length))
  if (name === undefined) throw fail(401, 'Nobody has that token')
  return { name }
})

const account = dependency({ blocking: true, dependencies: { session, user } }, function account (request, { session, user }) {
  return session.get('SELECT owner, cents FROM accounts WHERE owner = ?', user.name)
})

const statementSchema = {
  querystring: Type.Object({ last: Type.Integer({ minimum: 1, maximum: 1_000, default: 10 }) }),
  response: {
    200: Type.Object({
      owner: Type.String(),
      cents: Type.Integer(),
      entries: Type.Array(Type.Object({ text: Type.String(), cents: Type.Integer(), centsSoFar: Type.Integer() }))
    })
  }
}

const transferSchema = {
  body: Type.Object({ to: Type.String(), cents: Type.Integer({ minimum: 1 }) }),
  response: { 200: Type.Object({ cents: Type.Integer() }) }
}

/**
 * An account and its transfers, in a database whose driver is synchronous.
 * @type {import('@fastify/type-provider-typebox').FastifyPluginAsyncTypebox}
 */
export async function statement (app) {
  const marks = { blocking: { terminate: false }, dependencies: { account, session } }

  app.get('/statement', { ...marks, schema: statementSchema }, (request) => {
    const { account, session } = request.dependencies
    const entries = session.all(`
      SELECT text, cents, sum(cents) OVER (ORDER BY id) AS centsSoFar
      FROM entries WHERE owner = ? ORDER BY id DESC LIMIT ?`, [account.owner, request.query.last])
    return { ...account, entries }
  })

  app.post('/transfer', { ...marks, schema: transferSchema }, (request) => {
    const { account, session } = request.dependencies
    const { to, cents } = request.body
    book(session, account.owner, `to ${to}`, -cents)
    if (!book(session, to, `from ${account.owner}`, cents)) throw fail(404, `There is no account of ${to}`)
    const { cents: left } = session.get('SELECT cents FROM accounts WHERE owner = ?', account.owner)
    if (left < 0) throw fail(409, `Then there would be ${left} cents`)
    return { cents: left }
  })
}

/**
 * Whether there is such an account.
 * @param {sqlite.Database} session @param {string} owner @param {string} text @param {number} cents
 */
function book (session, owner, text, cents) {
  session.run('INSERT INTO entries (owner, text, cents) VALUES (?, ?, ?)', [owner, text, cents])
  return session.run('UPDATE accounts SET cents = cents + ? WHERE owner = ?', [cents, owner]).changes === 1
}

/** @param {string} token */
async function nameOf (token) {
  return { 'token-of-ada': 'ada', 'token-of-grace': 'grace' }[token]
}

/** @param {number} statusCode @param {string} message */
function fail (statusCode, message) {
  return Object.assign(new Error(message), { statusCode })
}

export async function build () {
  const app = Fastify({ logger: { level: process.env.LOG_LEVEL ?? 'warn' }, pluginTimeout: 60_000 })
  await app.register(blocking, { app: { module: import.meta.url, factory: 'build' } })
  app.register(statement)
  return app
}

// Alone: node examples/statement.js
if (!isWorker && process.argv[1] === fileURLToPath(import.meta.url)) {
  const app = await build()
  closeWithGrace({ delay: 60_000 }, async ({ err }) => {
    if (err) app.log.error(err)
    await app.close()
  })
  const { HOST = '127.0.0.1', PORT = '3000' } = process.env
  const address = await app.listen({ host: HOST, port: Number(PORT) })
  console.log(`Listening at ${address}. Try, in another terminal:

  curl ${address}/statement -H 'authorization: Bearer token-of-ada'
  curl ${address}/transfer -H 'authorization: Bearer token-of-ada' \\
    -H 'content-type: application/json' -d '{ "to": "grace", "cents": 2500 }'

More than there is; it is taken back:

  curl ${address}/transfer -H 'authorization: Bearer token-of-ada' \\
    -H 'content-type: application/json' -d '{ "to": "grace", "cents": 999999 }'

What of it runs where:

${app.blocking.printPlan('GET', '/statement')}`)
}
