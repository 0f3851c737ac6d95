import type { FastifyInstance } from 'fastify'
import type { EventLog } from '../event-log.js'
import type { ObservedSide } from '../observed-side.js'
import type { Advice } from './advice.js'
import type { Frame } from './stack.js'

/** A stall, without the request. */
export interface StallEvent {
  /** When it began, in ms since 1970. */
  at: number
  held: number
  /** Undefined: code of no request, or of one whose route is not known. */
  route: string | undefined
  frames: readonly Frame[]
}

/** A registration of the plugin whose app is ready. */
export interface ObservedRegistration {
  /** Option `name`, or the prefix, "/" at the root. */
  readonly name: string
  /** Options `pool.maxThreads` and `queue.max`. */
  readonly limits: { readonly threads: number, readonly queue: number }
  readonly side: ObservedSide
  /** Returns undefined where option `advice` is off. */
  readAdvice (): Advice[] | undefined
  /** Undefined where option `advice` is off, or the loop cannot be watched. */
  readonly stalls: EventLog<StallEvent> | undefined
}

const started = new WeakMap<FastifyInstance['server'], ObservedRegistration[]>()

export function noteStarted (server: FastifyInstance['server'], registration: ObservedRegistration): void {
  started.set(server, [...findStarted(server), registration])
}

/** Returns the registrations of a server, in the order in which they became ready. */
export function findStarted (server: FastifyInstance['server']): readonly ObservedRegistration[] {
  return started.get(server) ?? []
}
