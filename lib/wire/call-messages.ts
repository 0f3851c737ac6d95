import type { EncodedValues } from './values.js'

/*
 * Messages of functions that one side calls on the other. A call to a worker is a session, as a visit is. A
 * call to the loop is not a session, since a worker may also make one outside of any session.
 */

/** The first message of a call: the function of the app that the worker is to call. */
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

/** A worker's call of a function on the loop. A LoopCallResult with the same id responds to it. */
export interface LoopCall {
  type: 'loopCall'
  /** Counts the calls of one worker to the loop. */
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
