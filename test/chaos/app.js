import { pbkdf2Sync } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { threadId } from 'node:worker_threads'
import Fastify from 'fastify'
import blocking, { dependency } from 'fastify-blocking'
import { addBookings } from './bookings.js'

/*
 * What the storm asks for: routes that behave, and routes that do the worst. Every answer has the mark of its request, so
 * that one that belongs to another is seen.
 */

export const threads = 3
/** Those that have retired stand beside them. */
export const maxRetired = 1
/** Exit code of a server that was told twice. */
export const endedAtOnce = 9

/** `journal` is a file, see bookings.js. */
export async function build ({ journal }) {
  const app = Fastify({ pluginTimeout: 100_000, logger: { level: 'fatal' }, forceCloseConnections: true })
  await app.register(blocking, {
    app: { module: import.meta.url, factory: 'build', options: { journal } },
    pool: { minThreads: threads, maxThreads: threads, maxRetired, execArgv: [], resourceLimits: { maxOldGenerationSizeMb: 64 } },
    queue: { max: 50, timeout: 10_000 },
    grace: 100
  })
  const mark = (request) => ({ mark: request.headers['x-mark'], seen: request.mark, threadId })
  // A request must find nothing of another one on its own.
  app.decorateRequest('mark', null)
  const session = dependency({ blocking: true }, function * (request) {
    request.mark = request.headers['x-mark']
    yield { mark: request.mark }
  })
  const length = app.blocking.offload('length', (text) => text.length)
  const onLoop = app.blocking.onLoop('onLoop', (text) => text.length)

  let running = 0
  const blockingRoutes = {
    // What is sent ahead of it has to wait, now and then for long.
    async brief (request) {
      const isAlone = ++running === 1
      if (Math.random() < 0.01) await delay(20)
      running--
      return { ...mark(request), isAlone }
    },
    echo: (request) => ({ ...mark(request), body: request.body }),
    // In memory that was that of other answers.
    large (request) {
      const times = Math.floor(Math.random() ** 3 * 100_000)
      return { ...mark(request), times, text: request.headers['x-mark'].repeat(times) }
    },
    session: { dependencies: { session }, handler: (request) => ({ ...mark(request), session: request.dependencies.session.mark }) },
    log: (request) => {
      for (let index = 0; index < 200; index++) request.log.warn({ index }, 'a line')
      return mark(request)
    },
    async later (request, reply) {
      reply.background(async () => { await null })
      return mark(request)
    },
    async asksLoop (request) {
      return { ...mark(request), length: await onLoop(request.headers['x-mark']), sync: onLoop.sync(request.headers['x-mark']) }
    },
    * stream (request) {
      for (let index = 0; index < 50; index++) yield `${request.headers['x-mark']}\n`.repeat(100)
    },
    spin: { blocking: { timeout: 300 }, handler: () => { for (;;); } },
    waits: {
      blocking: { timeout: 300 },
      async handler (request) {
        await new Promise((resolve) => request.signal.addEventListener('abort', resolve))
        return mark(request)
      }
    },
    exit: () => process.exit(7),
    heap: () => {
      const kept = []
      for (;;) kept.push(new Array(100_000).fill(Math.random()))
    },
    native: { blocking: { timeout: 300 }, handler: () => pbkdf2Sync('password', 'salt', 2_000_000, 64, 'sha512') },
    throws: () => { throw Object.assign(new RangeError('thrown'), { statusCode: 422 }) },
    rejects: async () => {
      Promise.reject(new Error('nobody catches it'))
      await new Promise(() => {})
    },
    late: (request) => {
      setTimeout(() => { throw new Error('too late') }, 1)
      return mark(request)
    },
    odd: () => ({ n: 1n }),
    closes: (_request, reply) => reply.hijack()
  }
  for (const [name, route] of Object.entries(blockingRoutes)) {
    app.route({ method: ['GET', 'POST'], url: `/${name}`, blocking: true, ...typeof route === 'function' ? { handler: route } : route })
  }
  app.get('/ping', async (request) => mark(request))
  app.get('/offloaded', async (request) => ({ ...mark(request), length: await length(request.headers['x-mark']) }))
  addBookings(app, journal)
  return app
}
