import type { EncodedValues } from './values.js'

/*
 * Messages of functions that one side calls on the other. A call to a worker is a session, as a visit is. A call to
 * the loop is none: a worker may make one outside of any session.
 */

/** Opens a call: a function of the app that is to be called in the worker. */
export interface OpenCall {
  type: 'call'
  /** Name of the function, see functions/declare.ts. */
  name: string
  args: EncodedValues
  /** Values of AsyncLocalStorages, by name of the carrier. */
  context?: EncodedValues
}

/** The last message of a call. */
export interface CallResult {
  type: 'result'
  outcome: EncodedValues
}

/** A function that a worker wants called on the loop; answered by a LoopCallResult with the same id. */
export interface LoopCall {
  type: 'loopCall'
  /** Counts the calls of one worker. */
  id: number
  name: string
  args: EncodedValues
}

/** The outcome of a LoopCall or a LoggerCall. */
export interface LoopCallResult {
  type: 'loopCallResult'
  id: number
  outcome: EncodedValues
}
