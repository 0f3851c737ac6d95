import { MessageChannel, type MessagePort, receiveMessageOnPort } from 'node:worker_threads'
import { addSite, type CallSite } from '../../functions/call-site.js'
import { Flag, isStop } from '../../wire/shared-cells.js'
import type { Ask, SyncLine, Told } from '../../wire/call-messages.js'
import { isMarked, ThreadCell } from '../../wire/thread-messages.js'
import { explainArguments, packArguments, unpackOutcome } from '../../wire/arguments.js'
import { type Current, findCurrent } from '../visit/current-task.js'
import { reasonOf } from '../visit/abort-signal.js'

interface Pending {
  what: string
  current: Current | undefined
  site: CallSite
  resolve: (value: unknown) => void
  reject: (error: unknown) => void
}

/** The functions of the loop that this worker wants called. */
export class Asks {
  readonly #port: MessagePort
  readonly #cells: Int32Array
  readonly #pending = new Map<number, Pending>()
  #last = 0
  /** The worker's end of the line on which the loop tells a thread that waits. */
  #line: SyncLine | undefined
  /** The loop's end of it, until it is sent. */
  #far: SyncLine | undefined

  /** `cells` are the thread's. */
  constructor (port: MessagePort, cells: Int32Array) {
    this.#port = port
    this.#cells = cells
  }

  async ask (name: string, what: string, args: unknown[], site: CallSite): Promise<unknown> {
    const current = findCurrent()
    const loss = this.#lossOf(current)
    if (loss !== undefined) throw addSite(loss, site, what)
    return await new Promise((resolve, reject) => {
      const id = this.#post(name, what, args, undefined)
      this.#pending.set(id, { what, current, site, resolve, reject })
    })
  }

  /** Nobody awaits any more what has been given up: the loop does not answer it. */
  retire (): void {
    for (const [id, { what, current, site, reject }] of this.#pending) {
      const loss = this.#lossOf(current)
      if (loss === undefined) continue
      this.#pending.delete(id)
      reject(addSite(loss, site, what))
    }
  }

  /** Stands still until the loop has told, or until what runs here has been told to stop. */
  askSync (name: string, what: string, args: unknown[], site: CallSite): unknown {
    const current = findCurrent()
    const before = current?.flag
    const loss = this.#lossOf(current)
    if (loss !== undefined) throw addSite(loss, site, what)
    const line = this.#line ??= this.#openLine()
    const id = this.#post(name, what, args, line)
    for (;;) {
      // Before looking, or a ring in between would be missed.
      const heard = Atomics.load(line.bell, 0)
      const told = findTold(line.port, id)
      if (told !== undefined) return unwrap(told, what, site)
      const flag = current?.flag ?? Flag.none
      // Who has hung up is no reason: the handler may go on, as any other does.
      if (flag !== before && flag !== Flag.none && flag !== Flag.clientGone) throw reasonOf(flag, current!)
      const loss = this.#lossOf(current)
      if (loss !== undefined) throw addSite(loss, site, what)
      Atomics.wait(line.bell, 0, heard)
    }
  }

  told ({ told, outcome }: Told): void {
    const pending = this.#pending.get(told)
    if (pending === undefined) return // given up
    const { what, site, resolve, reject } = pending
    this.#pending.delete(told)
    try {
      resolve(unwrap({ told, outcome }, what, site))
    } catch (error) {
      reject(error)
    }
  }

  /** Why nothing that it asks is answered any more: it was told to stop and would not, in a thread that is to leave. */
  #lossOf (current: Current | undefined): Error | undefined {
    if (current === undefined || !isMarked(this.#cells, ThreadCell.isRetired)) return undefined
    return isStop(current.flag) ? reasonOf(current.flag, current) : undefined
  }

  #post (name: string, what: string, args: unknown[], line: SyncLine | undefined): number {
    const packed = packArguments(args, what)
    const current = findCurrent()
    const asker = current === undefined || current.isOver ? undefined : current
    const id = ++this.#last
    const message: Ask = {
      ask: name,
      id,
      args: packed.parcel,
      slot: asker?.slot,
      call: asker?.call,
      isSync: line !== undefined
    }
    try {
      if (this.#far === undefined) this.#port.postMessage(message, packed.moved)
      else this.#port.postMessage({ ...message, line: this.#far }, [...packed.moved, this.#far.port])
    } catch (error) {
      throw explainArguments(error, packed, what)
    }
    this.#far = undefined
    return id
  }

  #openLine (): SyncLine {
    const { port1, port2 } = new MessageChannel()
    const bell = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT))
    this.#far = { port: port2, bell }
    return { port: port1, bell }
  }
}

/** Others are what nobody has waited for any more. */
function findTold (port: MessagePort, id: number): Told | undefined {
  for (let entry = receiveMessageOnPort(port); entry !== undefined; entry = receiveMessageOnPort(port)) {
    const message = entry.message as Told
    if (message.told === id) return message
  }
  return undefined
}

function unwrap ({ outcome }: Told, what: string, site: CallSite): unknown {
  const result = unpackOutcome(outcome)
  if ('thrown' in result) throw addSite(result.thrown, site, what)
  return result.value
}
