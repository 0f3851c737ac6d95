import type { MessagePort } from 'node:worker_threads'
import type { EncodedValues } from './values.js'

/*
 * What crosses for a function that one side has called on the other.
 */

/** A function of the app that is to be called in the worker. */
export interface Call {
  slot: number
  /** Its name; see functions.ts. */
  call: string
  /** Which call of the thread. */
  id: number
  args: EncodedValues
  /** What AsyncLocalStorages hold, by name. */
  context?: EncodedValues
  /** Of one that runs in a visit, or in another call, whose slot it is; else its cells are those of the slot. See wire/shared-cells.ts. */
  cells?: Int32Array
}

/** What has come of a call. */
export interface CallResult {
  slot: number
  returned: number
  outcome: EncodedValues
}

/** A function that a worker wants called on the loop. */
export interface LoopCall {
  loopCall: string
  id: number
  args: EncodedValues
  /** Of the visit or the call that asks; undefined for none. */
  slot: number | undefined
  /** The call that asks, see Call; undefined if it is a visit, or none. */
  call: number | undefined
  /** Whether the thread waits for it, and hears of nothing else. */
  isSync: boolean
  /** With the first one that waits. */
  line?: SyncChannel
}

/** How a thread that waits is told. */
export interface SyncChannel {
  port: MessagePort
  /** One cell, which is counted up whenever there may be something to see. */
  wakeCounter: Int32Array
}

/** What has come of an Ask. */
export interface LoopCallResult {
  loopCallResult: number
  outcome: EncodedValues
}
