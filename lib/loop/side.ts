import type { FastifyInstance } from 'fastify'
import { Backgrounds } from '../request/background.js'
import type { Settings } from '../options/settings.js'
import { learnOwnProperties } from '../request/fastify-properties.js'
import type { Given, Side } from '../side.js'
import { Threads } from '../threads/thread-pool.js'
import { learnOwnNames } from '../request/node-properties.js'
import { identify, readLogLevels, readServerOptions } from '../registration.js'
import { noteSerializers } from '../request/reply-serializer.js'
import { openErrorClasses } from '../wire/error-classes.js'
import { markTransfer } from '../wire/arguments.js'
import { createFinder, followLevel, writeLine } from './visit/log.js'
import { Loop } from './dispatcher.js'

/** The main thread's side of a registration: starts the threads, and sends them what is for them. */
export function joinSide (fastify: FastifyInstance, settings: Settings, given: Given): Side {
  learnOwnProperties()
  const registration = identify(fastify, settings)
  const { workerHooks } = settings
  const log = readLogLevels(fastify)
  const errorClasses = openErrorClasses(settings.errorClasses)
  const executor = new Threads({ ...registration, errorClasses: errorClasses.list, server: readServerOptions(fastify), workerHooks, log, heap: settings.recycle.heap }, settings, fastify.log)
  executor.onLine((line) => writeLine(line, fastify))
  const loop = new Loop(executor, settings, { module: registration.module, logLevel: log.level, findReplaced: createFinder(fastify.log, log.values), errorClasses: settings.errorClasses.map(({ class: { name } }) => name), ...given })
  // Not onListen alone: other hooks may take their time, while requests come.
  const announce = (): void => executor.announce({ address: fastify.server.address(), addresses: fastify.addresses() })
  fastify.server.on('listening', announce)
  fastify.addHook('onListen', async function announceListening () { announce() }) // with what else was bound meanwhile
  noteSerializers(fastify)
  const unfollowLevel = followLevel(fastify.log, (appLevel) => executor.announce({ appLevel }))
  // Workers boot while the main thread does.
  const started = executor.start()
  started.catch(() => {}) // awaited by begin
  const learnt = learnOwnNames()

  const backgrounds = new Backgrounds()
  // Begun before Fastify waits for connections to end, since what a visit holds up would never end.
  let closed: Promise<void> | undefined
  fastify.addHook('preClose', async function refuseVisits () {
    loop.refuse()
    closed = executor.close()
    // Here already: what it uses may be closed before onClose comes to this plugin.
    await backgrounds.settle(settings.grace, fastify.log)
  })
  fastify.addHook('onClose', async function awaitClosed () {
    await backgrounds.settle(settings.grace, fastify.log)
    await closed
    await loop.apps.close()
    errorClasses.close()
    unfollowLevel()
  })
  return {
    take: (route, planned) => loop.take(route, planned),
    async begin (plans) {
      await loop.apps.start(fastify, plans)
      await learnt
      loop.begin(fastify, await started)
    },
    abandon (error) {
      loop.abandon(error)
      executor.close() // not awaited, see Threads.start
    },
    stats: () => loop.stats(),
    openBackground: (reply) => backgrounds.of(reply),
    functions: loop.functions,
    signal: undefined,
    transfer: markTransfer
  }
}
