import { AsyncLocalStorage } from 'node:async_hooks'
import type { Carriers } from '../../context/carriers.js'
import { CalledTooEarly, WouldDeadlock } from '../../errors.js'
import type { IncomingCall } from '../../executor.js'
import { addSite, type CallSite } from '../../functions/call-site.js'
import type {
  CallOptions, DeclaredFunction, FunctionCalls, Functions, OffloadedFunction
} from '../../functions/declare.js'
import { checkWhere, type Settings } from '../../options/settings.js'
import { isThenable } from '../../promises.js'
import type { Admission } from '../../queue/admission.js'
import { RouteQueue } from '../../queue/route-queue.js'
import { createThreadLostError } from '../../request-errors.js'
import type { LoopCall } from '../../wire/call-messages.js'
import type { CallerStorage } from '../visit/caller.js'
import { Meter } from '../visit/meter.js'
import { type CalledFunction, OffloadedCall } from './offload-call.js'
import { runForWorker } from './run-for-worker.js'

/** Calls declared functions on the loop: offloaded ones in a worker, those of onLoop directly. */
export class LoopFunctions implements FunctionCalls {
  /** Set once the app is ready, if it has offloaded functions. */
  callers: CallerStorage | undefined
  readonly #offloaded = new Map<string, CalledFunction>()
  readonly #declared: Functions
  readonly #admission: Admission
  readonly #settings: Settings
  readonly #carriers: Carriers
  #isReady = false

  constructor (declared: Functions, admission: Admission, settings: Settings, carriers: Carriers) {
    this.#declared = declared
    this.#admission = admission
    this.#settings = settings
    this.#carriers = carriers
  }

  /** Runs a function that a worker calls. */
  run (incoming: IncomingCall, call: LoopCall): void {
    runForWorker(incoming, call, this.#isReady ? this.#declared.onLoop : undefined, this.callers)
  }

  start (): void {
    for (const { what, name, limits } of this.#declared.offloaded.values()) {
      const {
        timeout = this.#settings.timeout, terminate = true, priority = 0, concurrency = Infinity,
        where = 'any'
      } = limits
      this.#offloaded.set(name, {
        name,
        queue: new RouteQueue(what, priority, concurrency),
        meter: new Meter(),
        timeout,
        isTerminable: terminate,
        where: checkWhere(where, `${what}: option where`, this.#settings),
        carriers: this.#carriers
      })
    }
    if (this.#offloaded.size > 0) this.callers = new AsyncLocalStorage()
    this.#isReady = true
  }

  /** Whether one of the functions runs only on worker hosts. */
  get needRemote (): boolean {
    return [...this.#declared.offloaded.values()].some(({ limits }) => limits.where === 'remote')
  }

  get queues (): RouteQueue[] {
    return [...this.#offloaded.values()].map(({ queue }) => queue)
  }

  get meters (): [name: string, meter: Meter][] {
    return [...this.#offloaded.values()].map(({ queue, meter }) => [queue.route, meter])
  }

  /** Is not async: an async function would make a second promise for each call. */
  offload (
    { what, name }: OffloadedFunction, args: unknown[], { signal }: CallOptions, site: CallSite
  ): Promise<unknown> {
    if (!this.#isReady) return Promise.reject(new CalledTooEarly(what))
    const caller = this.callers!.getStore()
    if (caller?.isAwaited === true) {
      return Promise.reject(addSite(new WouldDeadlock(
        what,
        'it was called by an onLoop function for which a worker waits in sync(); do not wait there, ' +
        'or call it before'
      ), site, what))
    }
    if (caller?.isGivenUp === true) {
      return Promise.reject(addSite(createThreadLostError(what, retired), site, what))
    }
    const call = new OffloadedCall(this.#admission, this.#offloaded.get(name)!, signal, site)
    call.call(args, caller?.session)
    return call.result
  }

  async onLoop ({ run }: DeclaredFunction, args: unknown[]): Promise<unknown> {
    return await run(...args)
  }

  onLoopSync ({ what, run, isAsync }: DeclaredFunction, args: unknown[]): unknown {
    const refusal = new WouldDeadlock(
      `${what}.sync() on the loop`,
      'the function gives a promise, which the loop cannot wait for without serving it; ' +
      'await the call without sync()'
    )
    if (isAsync) throw refusal
    const result = run(...args)
    if (!isThenable(result)) return result
    result.then(undefined, () => {}) // nobody else would handle a rejection
    throw refusal
  }
}

/** Cause of the error of a call by a given-up visit or call, for whose result nobody waits. */
const retired = new Error('the thread that wants it is retired')
