import { CalledTooEarly, LoopOnly } from '../../errors.js'
import type { CallSite } from '../../functions/call-site.js'
import type {
  CallOptions, DeclaredFunction, FunctionCalls, OffloadedFunction
} from '../../functions/declare.js'
import { currentCaller, runAsCaller, withSignal } from '../visit/caller.js'
import type { LoopCalls } from './loop-calls.js'

/** Set once this worker has built the app. */
let loopCalls: LoopCalls | undefined

export function setLoopCalls (opened: LoopCalls): void {
  loopCalls = opened
}

/** Calls declared functions in a worker: offloaded ones directly, those of onLoop on the loop. */
export class WorkerFunctions implements FunctionCalls {
  /** Whether this worker serves the registration. */
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
      return await Promise.race([
        runAsCaller(withSignal(signal, currentCaller()), () => run(...args)), aborted
      ])
    } finally {
      signal.removeEventListener('abort', stop!)
    }
  }

  async onLoop (declared: DeclaredFunction, args: unknown[], site: CallSite): Promise<unknown> {
    return await this.#find(declared).call(declared.name, declared.what, args, site)
  }

  onLoopSync (declared: DeclaredFunction, args: unknown[], site: CallSite): unknown {
    return this.#find(declared).callSync(declared.name, declared.what, args, site)
  }

  #find ({ what }: DeclaredFunction): LoopCalls {
    if (!this.#isAssigned) throw new LoopOnly(`${what}, of a registration that has workers of its own,`)
    if (loopCalls === undefined) throw new CalledTooEarly(what)
    return loopCalls
  }
}
