import Fastify from 'fastify'
import blocking, { isWorker } from 'fastify-blocking'

/** What is counted, on either side. */
export const counted = ['handler', 'onRequest', 'preParsing', 'preValidation', 'preHandler', 'preSerialization', 'onError', 'onSend', 'onResponse']

/** Counts of the loop, and after them those of the workers, who have the same memory. */
export function createTally () {
  return new Int32Array(new SharedArrayBuffer(2 * counted.length * Int32Array.BYTES_PER_ELEMENT))
}

/**
 * The app of a row. Its module knows nothing of blocking: `isBlocking`, whether this plugin is there and takes all
 * routes, is the only difference between what is compared.
 */
export async function build (options, write = () => {}) {
  const { row, isBlocking, tally, given } = options
  const { default: plugin, server = {}, workerHooks = [] } = await import(`./apps/${row}.js`)
  const count = (name) => { Atomics.add(tally, (isWorker ? counted.length : 0) + counted.indexOf(name), 1) }

  // On a busy machine workers take their time.
  const app = Fastify({ pluginTimeout: 100_000, ...server, logger: { level: 'debug', stream: { write } } })
  app.addHook('onRoute', function countHandler (route) {
    if (!isBlocking) delete route.blocking
    // A HEAD route has the handler of its GET one.
    if (route.method === 'HEAD') return
    const { handler } = route
    route.handler = function (...parameters) {
      count('handler')
      return handler.apply(this, parameters)
    }
  })
  if (isBlocking) {
    await app.register(blocking, {
      app: { module: import.meta.url, factory: 'build', options },
      dispatch: 'all',
      pool: { minThreads: 1, maxThreads: 1 },
      queue: { timeout: 100_000 },
      workerHooks
    })
  }
  await app.register(async (context) => {
    for (const name of counted.slice(1)) {
      context.addHook(name, (...parameters) => {
        count(name)
        const done = parameters.at(-1)
        // Payloads stay as they are; onError has an error in their place.
        if (['preParsing', 'preSerialization', 'onSend'].includes(name)) done(null, parameters[2])
        else done()
      })
    }
    await plugin(context, given)
  })
  return app
}
