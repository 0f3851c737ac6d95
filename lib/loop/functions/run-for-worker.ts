import type { FastifyInstance } from 'fastify'
import { CalledTooEarly, WrongRoute } from '../../errors.js'
import type { IncomingCall, Session } from '../../executor.js'
import type { DeclaredFunction } from '../../functions/declare.js'
import { decodeArguments, sendOutcome } from '../../wire/arguments.js'
import type { LoopCall } from '../../wire/call-messages.js'
import type { LoggerCall } from '../../wire/log-messages.js'
import type { Caller, CallerStorage } from '../visit/caller.js'
import { callLogger } from '../visit/log.js'

/** A worker's call while its function runs on the loop. */
class RunningCall implements Caller {
  isAwaited: boolean
  readonly #session: Session | undefined

  constructor ({ session, isSync }: IncomingCall) {
    this.#session = session
    this.isAwaited = isSync
  }

  get session (): Session | undefined {
    return this.#session?.isOpen === true ? this.#session : undefined
  }

  get isGivenUp (): boolean {
    return this.#session?.isGivenUp === true
  }
}

/**
 * Runs the function that a worker calls, and responds with the outcome. `functions` is undefined until the
 * app is ready. `callers` is set if the function may call the worker in turn.
 */
export async function runForWorker (
  incoming: IncomingCall, { name, args }: LoopCall,
  functions: ReadonlyMap<string, DeclaredFunction> | undefined, callers: CallerStorage | undefined
): Promise<void> {
  const label = `onLoop ${name}`
  const running = new RunningCall(incoming)
  await respond(incoming, label, async () => {
    if (functions === undefined) throw new CalledTooEarly(label)
    const declared = functions.get(name)
    if (declared === undefined) throw new WrongRoute(label, 'none of its functions')
    const run = (): unknown => declared.run(...decodeArguments(args))
    const runInSession = (): unknown =>
      callers === undefined ? run() : callers.run(running, run)
    try {
      return await (incoming.scope === undefined
        ? runInSession()
        : incoming.scope.runInAsyncScope(runInSession))
    } finally {
      running.isAwaited = false
    }
  })
}

/** Calls a logger of the main thread for a worker, and responds with the result. */
export async function runLoggerCall (
  incoming: IncomingCall, { line }: LoggerCall, fastify: FastifyInstance
): Promise<void> {
  const { scope } = incoming
  await respond(incoming, 'a logger of a worker', async () =>
    await (scope?.callLogger?.(line) ?? callLogger(line, fastify)))
}

async function respond (incoming: IncomingCall, label: string, run: () => Promise<unknown>): Promise<void> {
  const outcome = await run().then((value) => ({ value }), (thrown: unknown) => ({ thrown }))
  sendOutcome(outcome, label, ({ values, transferList }) => incoming.respond(values, transferList))
}
