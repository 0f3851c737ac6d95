import { availableParallelism } from 'node:os'
import { Readable } from 'node:stream'
import createError from '@fastify/error'
import { limits, settings } from './schemas.js'

const TooManyPages = createError('BURGERS_TOO_MANY_PAGES', 'As many pages as there may be are open', 503)

/** Pages that may be open at once, and bytes that one may leave unread. */
const maxPages = 50
const maxUnread = 4_000_000

/**
 * How a page starts a run, and hears of it.
 * @param {import('fastify').FastifyInstance} app
 * @param {import('./runs.js').Runs} runs
 */
export function addRuns (app, runs) {
  /** @type {Map<Readable, import('node:http').ServerResponse>} */
  const pages = new Map()
  let isClosing = false

  app.post('/runs', { schema: { body: settings } }, async ({ body }, reply) => {
    reply.code(202)
    return { number: runs.start(body, findOrigin(), app.prefix) }
  })

  app.get('/news', async (_request, reply) => {
    if (pages.size >= maxPages) throw new TooManyPages()
    const page = new Readable({ read () {} })
    // A hook of the app may have taken its time.
    if (isClosing) page.push(null)
    if (isClosing || reply.raw.destroyed) return page
    pages.set(page, reply.raw)
    page.once('close', () => pages.delete(page))
    // A hook may have answered in place of the stream.
    reply.raw.once('close', () => page.destroy())
    send(page, 'hello', { limits, processors: availableParallelism(), runs: runs.all })
    reply.headers({ 'content-type': 'text/event-stream', 'cache-control': 'no-store', connection: 'close' })
    return page
  })

  runs.on('news', (name, data) => {
    for (const [page] of pages) send(page, name, data)
  })

  // The server waits for its connections: those of pages do not end by themselves, those of customers late.
  app.addHook('preClose', async () => {
    isClosing = true
    for (const [page, response] of pages) {
      // The end would wait behind all that its page does not read.
      if (page.readableLength + response.writableLength > 0) response.destroy()
      else page.push(null)
    }
    await runs.close()
  })

  /** Where the server listens on every address it is asked on its own machine's. */
  function findOrigin () {
    return app.listeningOrigin.replace('//0.0.0.0:', '//127.0.0.1:').replace('//[::]:', '//[::1]:')
  }
}

/** @param {Readable} page @param {string} name @param {unknown} data */
function send (page, name, data) {
  page.push(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`)
  if (page.readableLength > maxUnread) page.destroy()
}
