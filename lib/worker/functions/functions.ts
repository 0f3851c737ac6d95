import type { CallSite } from '../../functions/call-site.js'
import { CalledTooEarly, LoopOnly } from '../../errors.js'
import type { CallOptions, DeclaredFunction, FunctionCalls, OffloadedFunction } from '../../functions/declare.js'
import type { Asks } from './loop-calls.js'
import { findCurrent, runAs, withSignal } from '../visit/current-task.js'

/** Set once this worker has built the app. */
let asks: Asks | undefined

export function openAsks (opened: Asks): void {
  asks = opened
}

/** The worker's side of the functions that one side calls on the other. */
export class WorkerFunctions implements FunctionCalls {
  /** Whether the registration is the one that this worker is there for. */
  readonly #isAssigned: boolean

  constructor (isAssigned: boolean) {
    this.#isAssigned = isAssigned
  }

  async offload ({ run }: OffloadedFunction, args: unknown[], { signal }: CallOptions): Promise<unknown> {
    if (signal === undefined) return await run(...args)
    signal.throwIfAborted()
    let stop: (() => void) | undefined
    const aborted = new Promise<never>((_resolve, reject) => {
      stop = () => reject(signal.reason)
      signal.addEventListener('abort', stop, { once: true })
    })
    try {
      return await Promise.race([runAs(withSignal(signal, findCurrent()), () => run(...args)), aborted])
    } finally {
      signal.removeEventListener('abort', stop!)
    }
  }

  async onLoop (declared: DeclaredFunction, args: unknown[], site: CallSite): Promise<unknown> {
    return await this.#find(declared).ask(declared.name, declared.what, args, site)
  }

  onLoopSync (declared: DeclaredFunction, args: unknown[], site: CallSite): unknown {
    return this.#find(declared).askSync(declared.name, declared.what, args, site)
  }

  #find ({ what }: DeclaredFunction): Asks {
    if (!this.#isAssigned) throw new LoopOnly(`${what}, of a registration that has workers of its own,`)
    if (asks === undefined) throw new CalledTooEarly(what)
    return asks
  }
}
