import type { FastifyInstance } from 'fastify'
import { refuseEarlyRoutes, refuseRoutesElsewhere } from './dispatch/early-routes.js'
import { Loop, type Stats } from './dispatch/loop.js'
import { RegisteredTwice } from './errors.js'
import { type BlockingOptions, readOptions, type Settings } from './options.js'
import { Threads } from './pool/threads.js'
import { identify, readServerOptions } from './registration.js'
import { markRoute } from './route.js'
import { isWorker } from './wire/assignment.js'
import { joinReplica } from './worker/join.js'

/** `fastify.blocking` */
export interface Blocking {
  /** Whether this is a worker's copy of the app; to leave out its cron jobs and migrations there. */
  readonly isWorker: boolean
  /** Threads, queue, counts and times, in all and by route. Throws FST_BLOCKING_LOOP_ONLY in a worker. */
  stats (): Stats
}

export async function blocking (fastify: FastifyInstance, options: BlockingOptions): Promise<void> {
  if (Object.hasOwn(fastify, 'blocking')) throw new RegisteredTwice(fastify.prefix)
  const settings = readOptions(options, fastify.initialConfig.pluginTimeout)
  const side = isWorker ? joinReplica(fastify, settings) : startLoop(fastify, settings)
  const decorator: Blocking = { isWorker, stats: () => side.stats() }
  fastify.decorate('blocking', decorator)

  fastify.addHook('onRoute', function markBlockingRoute (route) {
    // A registration nearer to the route has taken it over.
    if (this.blocking !== decorator) return
    const marks = markRoute(this, route, settings)
    if (marks !== undefined) side.take(route, marks)
  })
}

function startLoop (fastify: FastifyInstance, settings: Settings): Loop {
  refuseEarlyRoutes(fastify)
  const registration = identify(fastify, settings)
  const executor = new Threads({ ...registration, server: readServerOptions(fastify), workerHooks: settings.workerHooks }, settings, fastify.log)
  const loop = new Loop(executor, settings, registration.module)
  // Workers boot while the main thread does.
  const started = executor.start()
  started.catch(() => {}) // awaited by the hook

  fastify.addHook('onReady', async function awaitWorkers () {
    try {
      refuseRoutesElsewhere(fastify)
      loop.begin(fastify, await started)
    } catch (error) {
      executor.close() // not awaited, see Threads.start
      throw error
    }
  })
  fastify.addHook('preClose', async function refuseVisits () {
    loop.refuse()
  })
  fastify.addHook('onClose', async function closeWorkers () {
    await executor.close()
  })
  return loop
}
