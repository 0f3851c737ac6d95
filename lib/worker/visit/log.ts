import type { FastifyBaseLogger } from 'fastify'
import type { LogLevels } from '../../wire/worker-data.js'
import type { WorkerChannel } from '../session.js'
import { silent } from './log-levels.js'
import { type Logger, type LoggerCalls, defineLogger } from './logger.js'
import type { WorkerVisit } from './visit.js'

/*
 * Loggers whose lines the main thread's logger writes. Each line is sent at once, so that no line before a
 * crash is lost.
 */

export interface WorkerLogs {
  of (visit: WorkerVisit | undefined): FastifyBaseLogger
  /** Sets which methods of the main thread's logger somebody has replaced, as the latest visit tells. */
  noteReplaced (methods: readonly string[] | undefined): void
  /** Called when the level of the main thread's own logger has been set there. */
  setAppLevel (level: string): void
  /**
   * Makes the methods of a logger that writes nothing call the replaced methods of the main thread's logger.
   */
  forward (log: object): void
}

/** Makes the loggers of a worker. `isReady` tells whether the app has been built. */
export function createWorkerLogs (
  facts: LogLevels, channel: Pick<WorkerChannel, 'log'>, calls: LoggerCalls, isReady: () => boolean
): WorkerLogs {
  const apps: Logger[] = []
  let replaced: readonly string[] | undefined
  const createLogger = defineLogger({
    facts,
    calls,
    isReady,
    isReplaced (method, visit) {
      const methods = visit === undefined ? replaced : visit.open.logMethods
      return methods?.includes(method) === true
    },
    write (line, visit) {
      if (visit?.isGone === false) visit.session.send(line)
      else channel.log(line)
    }
  })
  return {
    of (visit) {
      const log = createLogger(visit, visit?.open.logLevel ?? facts.level)
      if (visit === undefined) apps.push(log)
      return log as unknown as FastifyBaseLogger
    },
    noteReplaced (methods) {
      replaced = methods
    },
    setAppLevel (level) {
      for (const log of apps) log.followLevel(level)
    },
    forward (log) {
      const app = createLogger(undefined, silent)
      for (const name of Object.keys(facts.values)) {
        Reflect.set(log, name, (...parts: unknown[]) => { app.send(name, parts) })
      }
    }
  }
}
