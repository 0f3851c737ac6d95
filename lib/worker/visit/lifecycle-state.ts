import type { RequestSync } from '../../request/state-sync.js'
import type { Headers } from '../../wire/request-state.js'

/** State of a visit in Fastify's lifecycle, which hooks and decorators set for those that follow. */
export class LifecycleState {
  /** Whether the visit has reached its route. */
  isReached = false
  /** Set while Fastify logs "incoming request", which the loop has logged already: drops the line. */
  isLogMuted = true
  /** Whether the handler runs in the worker. Otherwise only dependencies do. */
  hasHandler = true
  /** See MarkedRoute: hooks of the loop never see the parsed body. */
  isDeferred = false
  /** Whether the route may be answered on the loop as well: the answer is to be the same. */
  isMeasured = false
  /** Whether the handler, or a dependency before it, has been called: the body is parsed and valid. */
  isHandled = false
  /** Whether the handler has called `reply.callNotFound()`: then the loop answers. */
  isNotFound = false
  /** See Answer. */
  refusal: string | undefined
  /** Captures an answer that Fastify writes by itself, see expectLastResort(). Set at the first error. */
  onWritten: ((headers: Headers, payload: string | Buffer | undefined) => void) | undefined
  /** Names of the properties that are not Fastify's own. */
  names: Record<'request' | 'reply', readonly string[]> = noNames
  /**
   * Values that properties had in the worker before any hook, in the place of values that could not be
   * cloned: a property that has another value was set by a hook in the worker.
   */
  readonly initial: Record<'request' | 'reply', Record<string, unknown>> = { request: {}, reply: {} }
  /** Set once the request and the reply have the state that they had on the loop. */
  sync: RequestSync | undefined
  /** How often a serializer has been set on the loop with reply.serializer(). */
  serializerCount = 0
  /** Whether the current serializer is the loop's. */
  isLoopSerializer = false
}

const noNames: LifecycleState['names'] = { request: [], reply: [] }
