import { MessageChannel, type MessagePort, receiveMessageOnPort } from 'node:worker_threads'
import { addSite, type CallSite } from '../../functions/call-site.js'
import { AbortReason, isTerminal } from '../../wire/shared-cells.js'
import type { LoopCall, SyncChannel, LoopCallResult } from '../../wire/call-messages.js'
import { isThreadCellSet, ThreadCell } from '../../wire/thread-messages.js'
import { toArgumentsError, encodeArguments, decodeOutcome } from '../../wire/arguments.js'
import { type Task, currentTask } from '../visit/current-task.js'
import { toAbortError } from '../visit/abort-signal.js'

interface Pending {
  what: string
  current: Task | undefined
  site: CallSite
  resolve: (value: unknown) => void
  reject: (error: unknown) => void
}

/** The functions of the loop that this worker wants called. */
export class LoopCalls {
  readonly #port: MessagePort
  readonly #cells: Int32Array
  readonly #pending = new Map<number, Pending>()
  #last = 0
  /** The worker's end of the line on which the loop tells a thread that waits. */
  #syncChannel: SyncChannel | undefined
  /** The loop's end of it, until it is sent. */
  #remoteEnd: SyncChannel | undefined

  /** `cells` are the thread's. */
  constructor (port: MessagePort, cells: Int32Array) {
    this.#port = port
    this.#cells = cells
  }

  async call (name: string, what: string, args: unknown[], site: CallSite): Promise<unknown> {
    const current = currentTask()
    const loss = this.#lostErrorOf(current)
    if (loss !== undefined) throw addSite(loss, site, what)
    return await new Promise((resolve, reject) => {
      const id = this.#post(name, what, args, undefined)
      this.#pending.set(id, { what, current, site, resolve, reject })
    })
  }

  /** Nobody awaits any more what has been given up: the loop does not answer it. */
  rejectGivenUp (): void {
    for (const [id, { what, current, site, reject }] of this.#pending) {
      const loss = this.#lostErrorOf(current)
      if (loss === undefined) continue
      this.#pending.delete(id)
      reject(addSite(loss, site, what))
    }
  }

  /** Stands still until the loop has told, or until what runs here has been told to stop. */
  callSync (name: string, what: string, args: unknown[], site: CallSite): unknown {
    const current = currentTask()
    const before = current?.abortReason
    const loss = this.#lostErrorOf(current)
    if (loss !== undefined) throw addSite(loss, site, what)
    const line = this.#syncChannel ??= this.#openSyncChannel()
    const id = this.#post(name, what, args, line)
    for (;;) {
      // Before looking, or a ring in between would be missed.
      const heard = Atomics.load(line.wakeCounter, 0)
      const result = findResult(line.port, id)
      if (result !== undefined) return unwrapResult(result, what, site)
      const reason = current?.abortReason ?? AbortReason.none
      // Who has hung up is no reason: the handler may go on, as any other does.
      if (reason !== before && reason !== AbortReason.none && reason !== AbortReason.clientGone) throw toAbortError(reason, current!)
      const loss = this.#lostErrorOf(current)
      if (loss !== undefined) throw addSite(loss, site, what)
      Atomics.wait(line.wakeCounter, 0, heard)
    }
  }

  receiveResult ({ loopCallResult, outcome }: LoopCallResult): void {
    const pending = this.#pending.get(loopCallResult)
    if (pending === undefined) return // given up
    const { what, site, resolve, reject } = pending
    this.#pending.delete(loopCallResult)
    try {
      resolve(unwrapResult({ loopCallResult, outcome }, what, site))
    } catch (error) {
      reject(error)
    }
  }

  /** Why nothing that it asks is answered any more: it was told to stop and would not, in a thread that is to leave. */
  #lostErrorOf (current: Task | undefined): Error | undefined {
    if (current === undefined || !isThreadCellSet(this.#cells, ThreadCell.isRetired)) return undefined
    return isTerminal(current.abortReason) ? toAbortError(current.abortReason, current) : undefined
  }

  #post (name: string, what: string, args: unknown[], line: SyncChannel | undefined): number {
    const packed = encodeArguments(args, what)
    const current = currentTask()
    const asker = current === undefined || current.isOver ? undefined : current
    const id = ++this.#last
    const message: LoopCall = {
      loopCall: name,
      id,
      args: packed.values,
      slot: asker?.slot,
      call: asker?.callId,
      isSync: line !== undefined
    }
    try {
      if (this.#remoteEnd === undefined) this.#port.postMessage(message, packed.transferList)
      else this.#port.postMessage({ ...message, line: this.#remoteEnd }, [...packed.transferList, this.#remoteEnd.port])
    } catch (error) {
      throw toArgumentsError(error, packed, what)
    }
    this.#remoteEnd = undefined
    return id
  }

  #openSyncChannel (): SyncChannel {
    const { port1, port2 } = new MessageChannel()
    const wakeCounter = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT))
    this.#remoteEnd = { port: port2, wakeCounter }
    return { port: port1, wakeCounter }
  }
}

/** Others are what nobody has waited for any more. */
function findResult (port: MessagePort, id: number): LoopCallResult | undefined {
  for (let entry = receiveMessageOnPort(port); entry !== undefined; entry = receiveMessageOnPort(port)) {
    const message = entry.message as LoopCallResult
    if (message.loopCallResult === id) return message
  }
  return undefined
}

function unwrapResult ({ outcome }: LoopCallResult, what: string, site: CallSite): unknown {
  const result = decodeOutcome(outcome)
  if ('thrown' in result) throw addSite(result.thrown, site, what)
  return result.value
}
