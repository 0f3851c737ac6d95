import { inspect } from 'node:util'
import { DeclaredTooLate, InvalidOption } from '../errors.js'
import { isAsyncFunction } from '../function-kind.js'
import type { OffloadOptions } from '../options/schemas.cjs'
import { readOffloadOptions } from '../options/settings.js'
import { type CallSite, captureSite } from './call-site.js'

/*
 * Functions that one side calls on the other. Both sides have built the same app and so have the function: a
 * call needs no more than its name and arguments.
 */

/**
 * A function that runs in a worker, wherever it is called; in a worker it is a plain call. Arguments and
 * result are copied by structured clone: a value that cannot be copied rejects with
 * FST_BLOCKING_NOT_CLONEABLE. Before the app is ready a call rejects with FST_BLOCKING_CALLED_TOO_EARLY.
 */
export interface Offloaded<Args extends unknown[], Result> {
  (...args: Args): Promise<Awaited<Result>>
  /**
   * Returns the same function, bound to an AbortSignal. When the signal aborts, the promise rejects at once
   * with its reason. A call that waits leaves the queue; one that runs goes on, and sees the signal in
   * `fastify.blocking.signal`. Throws FST_BLOCKING_INVALID_OPTION.
   */
  with (options: CallOptions): (...args: Args) => Promise<Awaited<Result>>
}

/**
 * A function that runs on the loop, wherever it is called; on the loop it is a plain call. Arguments and
 * result are copied by structured clone: a value that cannot be copied rejects with
 * FST_BLOCKING_NOT_CLONEABLE.
 */
export interface OnLoop<Args extends unknown[], Result> {
  (...args: Args): Promise<Awaited<Result>>
  /**
   * Returns the value itself, also that of a promise, to synchronous code in a worker: its thread is blocked
   * until then. On the loop it is a plain call, and throws FST_BLOCKING_WOULD_DEADLOCK if the function
   * returns a promise.
   */
  sync (...args: Args): Awaited<Result>
}

export interface CallOptions {
  /** Ends the wait for the result. Default: none. */
  signal?: AbortSignal
}

export interface DeclaredFunction {
  /** Kind and name, for messages: "offload render". */
  readonly what: string
  readonly name: string
  readonly run: (...args: unknown[]) => unknown
  readonly isAsync: boolean
}

export interface OffloadedFunction extends DeclaredFunction {
  readonly limits: OffloadOptions
}

/** How a side carries out calls: one implementation on the loop, one in a worker. */
export interface FunctionCalls {
  offload (
    offloaded: OffloadedFunction, args: unknown[], options: CallOptions, site: CallSite
  ): Promise<unknown>
  onLoop (declared: DeclaredFunction, args: unknown[], site: CallSite): Promise<unknown>
  onLoopSync (declared: DeclaredFunction, args: unknown[], site: CallSite): unknown
}

/** The functions that one registration has declared, by name. */
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

  /** Called when the app is ready: from then on a declaration throws FST_BLOCKING_DECLARED_TOO_LATE. */
  close (): void {
    this.#isReady = true
  }

  /** Kinds and names, which are compared at boot: both sides must have the same. */
  get all (): string[] {
    return [...this.offloaded.values(), ...this.onLoop.values()].map(({ what }) => what)
  }

  #declare (
    kind: string, name: unknown, run: unknown, known: ReadonlyMap<string, DeclaredFunction>
  ): DeclaredFunction {
    if (typeof name !== 'string' || name === '') {
      throw new InvalidOption(
        kind,
        'the first argument is a name, by which the other side finds the function. ' +
        `Got ${inspect(name, { depth: 1 })}`
      )
    }
    const what = `${kind} ${name}`
    if (typeof run !== 'function') {
      throw new InvalidOption(what, `the last argument is the function. Got ${inspect(run, { depth: 1 })}`)
    }
    if (this.#isReady) throw new DeclaredTooLate(what, 'the app was ready')
    if (known.has(name)) {
      throw new InvalidOption(what, 'there is one of that name already; give it another one')
    }
    return { what, name, run: run as DeclaredFunction['run'], isAsync: isAsyncFunction(run) }
  }
}

export function createOffloaded (
  offloaded: OffloadedFunction, calls: FunctionCalls
): Offloaded<unknown[], unknown> {
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
  const call = async (...args: unknown[]): Promise<unknown> =>
    await calls.onLoop(declared, args, captureSite(call))
  const sync = (...args: unknown[]): unknown => calls.onLoopSync(declared, args, captureSite(sync))
  return Object.assign(call, { sync })
}

// Checked by hand and not by a schema: options come with each call, also in a worker, where check() does
// nothing.
function checkCallOptions (options: unknown, where: string): asserts options is CallOptions {
  const { signal, ...others } = Object(options) as Record<string, unknown>
  if (Object(options) !== options || Object.keys(others).length > 0 ||
    !(signal === undefined || signal instanceof AbortSignal)) {
    throw new InvalidOption(
      where,
      `an object of { signal } must be given, which is an AbortSignal. Got ${inspect(options, { depth: 1 })}`
    )
  }
}
