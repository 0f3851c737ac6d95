import { NoServer } from '../errors.js'
import type { IncomingCall } from '../executor.js'
import { sendOutcome } from '../wire/arguments.js'
import type { LoopCallResult } from '../wire/call-messages.js'

/** Calls of a thread to the loop, in one session, for which the server has not responded yet. */
export class SessionCalls {
  #last = 0
  readonly #pending = new Map<number, IncomingCall>()

  /** Whether the thread still waits for the result of a call. */
  get arePending (): boolean {
    return this.#pending.size > 0
  }

  /** Sends the call by `send`, which may throw, to a server that may be gone. */
  forward (incoming: IncomingCall, send: (number: number) => void, isServerGone: boolean): void {
    const number = ++this.#last
    try {
      send(number)
    } catch (error) {
      return refuseCall(incoming, error)
    }
    if (isServerGone) refuseCall(incoming, createServerGone(incoming))
    else this.#pending.set(number, incoming)
  }

  respond (number: number, outcome: LoopCallResult['outcome']): void {
    const incoming = this.#pending.get(number)
    this.#pending.delete(number)
    incoming?.respond(outcome, [])
  }

  /** The server is gone. */
  refuseAll (): void {
    for (const incoming of this.#pending.values()) refuseCall(incoming, createServerGone(incoming))
    this.#pending.clear()
  }
}

/** A call that belongs to no session, and so to no server. */
export function refuseOutside (incoming: IncomingCall): void {
  const { call } = incoming
  const when = call.type === 'loopCall'
    ? 'outside of any request; call it while a request or an offloaded call runs'
    : 'for the logger of the app, since the host works for several servers; call it of request.log'
  refuseCall(incoming, new NoServer(labelOf(incoming), when))
}

function createServerGone (incoming: IncomingCall): Error {
  return new NoServer(labelOf(incoming), 'any more: that of the request is gone, or has ended the request')
}

function labelOf ({ call }: IncomingCall): string {
  return call.type === 'loopCall' ? `onLoop ${call.name}` : 'bindings(), msgPrefix or flush()'
}

/** The thread, which may be waiting, gets an error. */
function refuseCall (incoming: IncomingCall, error: unknown): void {
  sendOutcome({ thrown: error }, labelOf(incoming), ({ values }) => incoming.respond(values, []))
}
