import { inspect } from 'node:util'
import { type CallSite, captureSite } from './call-site.js'
import { DeclaredTooLate, InvalidOption } from '../errors.js'
import { isAsyncFunction } from '../function-kind.js'
import { readOffloadOptions } from '../options/settings.js'
import type { OffloadOptions } from '../options/schemas.cjs'

/*
 * Functions that one side calls on the other. Both have built the same app, so a name is all that it takes.
 */

/** A function that runs in a worker, wherever it is called. */
export interface Offloaded<Args extends unknown[], Result> {
  (...args: Args): Promise<Awaited<Result>>
  /** The same with a signal: when it aborts, the promise rejects with its reason, and the function may see it in `fastify.blocking.signal`. */
  with (options: CallOptions): (...args: Args) => Promise<Awaited<Result>>
}

/** A function that runs on the loop, wherever it is called. */
export interface OnLoop<Args extends unknown[], Result> {
  (...args: Args): Promise<Awaited<Result>>
  /** For synchronous code in a worker: its thread waits. Throws FST_BLOCKING_WOULD_DEADLOCK on the loop if the function gives a promise. */
  sync (...args: Args): Awaited<Result>
}

export interface CallOptions {
  signal?: AbortSignal
}

export interface DeclaredFunction {
  /** "offload render" */
  readonly what: string
  readonly name: string
  readonly run: (...args: unknown[]) => unknown
  readonly isAsync: boolean
}

export interface OffloadedFunction extends DeclaredFunction {
  readonly limits: OffloadOptions
}

/** What becomes of a call, on the loop or in a worker. */
export interface FunctionCalls {
  offload (offloaded: OffloadedFunction, args: unknown[], options: CallOptions, site: CallSite): Promise<unknown>
  onLoop (declared: DeclaredFunction, args: unknown[], site: CallSite): Promise<unknown>
  onLoopSync (declared: DeclaredFunction, args: unknown[], site: CallSite): unknown
}

/** The functions of one registration, by name. */
export class Functions {
  readonly offloaded = new Map<string, OffloadedFunction>()
  readonly onLoop = new Map<string, DeclaredFunction>()
  #isReady = false

  declareOffload (name: unknown, ...rest: unknown[]): OffloadedFunction {
    const [options, run] = rest.length > 1 ? rest : [{}, rest[0]]
    const declared = this.#declare('offload', name, run, this.offloaded)
    const offloaded = { ...declared, limits: readOffloadOptions(options, declared.what) }
    this.offloaded.set(declared.name, offloaded)
    return offloaded
  }

  declareOnLoop (name: unknown, run: unknown): DeclaredFunction {
    const declared = this.#declare('onLoop', name, run, this.onLoop)
    this.onLoop.set(declared.name, declared)
    return declared
  }

  /** From then on nothing can be declared. */
  close (): void {
    this.#isReady = true
  }

  /** For the comparison of both sides. */
  get all (): string[] {
    return [...this.offloaded.values(), ...this.onLoop.values()].map(({ what }) => what)
  }

  #declare (kind: string, name: unknown, run: unknown, known: ReadonlyMap<string, DeclaredFunction>): DeclaredFunction {
    if (typeof name !== 'string' || name === '') throw new InvalidOption(kind, `the first argument is a name, by which the other side finds the function. Got ${inspect(name, { depth: 1 })}`)
    const what = `${kind} ${name}`
    if (typeof run !== 'function') throw new InvalidOption(what, `the last argument is the function. Got ${inspect(run, { depth: 1 })}`)
    if (this.#isReady) throw new DeclaredTooLate(what, 'the app was ready')
    if (known.has(name)) throw new InvalidOption(what, 'there is one of that name already; give it another one')
    return { what, name, run: run as DeclaredFunction['run'], isAsync: isAsyncFunction(run) }
  }
}

export function createOffloaded (offloaded: OffloadedFunction, calls: FunctionCalls): Offloaded<unknown[], unknown> {
  const bind = (options: CallOptions) => function call (...args: unknown[]): Promise<unknown> {
    return calls.offload(offloaded, args, options, captureSite(call))
  }
  return Object.assign(bind({}), {
    with (options: CallOptions) {
      checkCallOptions(options, `${offloaded.what}.with`)
      return bind(options)
    }
  })
}

export function createOnLoop (declared: DeclaredFunction, calls: FunctionCalls): OnLoop<unknown[], unknown> {
  const call = async (...args: unknown[]): Promise<unknown> => await calls.onLoop(declared, args, captureSite(call))
  const sync = (...args: unknown[]): unknown => calls.onLoopSync(declared, args, captureSite(sync))
  return Object.assign(call, { sync })
}

// By hand: each call has its own, in a worker too.
function checkCallOptions (options: unknown, where: string): asserts options is CallOptions {
  const { signal, ...others } = Object(options) as Record<string, unknown>
  if (Object(options) !== options || Object.keys(others).length > 0 || !(signal === undefined || signal instanceof AbortSignal)) {
    throw new InvalidOption(where, `an object of { signal } must be given, which is an AbortSignal. Got ${inspect(options, { depth: 1 })}`)
  }
}
