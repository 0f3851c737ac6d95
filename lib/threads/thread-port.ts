import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads'
import type { Transferable } from '../wire/arguments.js'
import { BufferPool } from '../wire/buffer-pool.js'
import type { LoopCallResult } from '../wire/call-messages.js'
import type { Announcement, Opening, ToWorker } from '../wire/messages.js'
import type {
  Decided, FromThread, Leave, Retire, SessionEnvelope, SyncChannel, ToThread
} from '../wire/thread-messages.js'

interface MessageReceiver {
  receive (message: FromThread): void
  /** The event loop has received a message. */
  received (): void
}

/** The loop's end of the port to one thread, and the means to reach that thread while it is blocked. */
export class ThreadPort {
  readonly #port: MessagePort
  readonly #receiver: MessageReceiver
  readonly #onClose: () => void
  readonly #bufferPool = new BufferPool()
  /** Undefined until a call has blocked the thread. */
  #syncChannel: SyncChannel | undefined

  /** `onClose` is called when the other end of the port is gone. */
  constructor (port: MessagePort, receiver: MessageReceiver, onClose: () => void) {
    this.#port = port
    this.#receiver = receiver
    this.#onClose = onClose
    port.on('message', (message: FromThread) => {
      receiver.receive(message)
      receiver.received()
    })
    port.on('close', onClose)
    port.unref()
  }

  ref (): void {
    this.#port.ref()
  }

  unref (): void {
    this.#port.unref()
  }

  /** Posts a message that belongs to no session. */
  post (message: Announcement | Retire | Leave | Decided): void {
    this.#port.postMessage(message satisfies ToThread)
  }

  /** Takes along the buffers that the worker may fill again. */
  postToSession (envelope: SessionEnvelope<Opening | ToWorker>, transfer?: readonly Transferable[]): void {
    const recycled = this.#bufferPool.takeAll()
    if (recycled === undefined) {
      if (transfer === undefined) this.#port.postMessage(envelope)
      else this.#port.postMessage(envelope, transfer)
      return
    }
    const [session, message, isPrefetched, , nested] = envelope
    try {
      const transferList = [...transfer ?? [], ...recycled]
      this.#port.postMessage([session, message, isPrefetched, recycled, nested], transferList)
    } catch (error) {
      for (const buffer of recycled) this.#bufferPool.add(buffer)
      throw error
    }
  }

  recycle (buffer: ArrayBuffer): void {
    this.#bufferPool.add(buffer)
  }

  /**
   * The thread has sent the channel with its first call that blocks it. It may be blocked already, and not
   * have seen that it is to stop: no wake() before this one has reached it.
   */
  openSyncChannel (channel: SyncChannel): void {
    this.#syncChannel = channel
    this.wake()
  }

  /** `isSync`: the thread is blocked until the result has come. */
  respond (result: LoopCallResult, isSync: boolean, transferList: readonly Transferable[]): void {
    const port = isSync ? this.#syncChannel!.port : this.#port
    port.postMessage(result, transferList)
    if (isSync) this.wake()
  }

  /** A thread that is blocked in a call looks whether it has a reason to stop. */
  wake (): void {
    if (this.#syncChannel === undefined) return
    Atomics.add(this.#syncChannel.wakeCounter, 0, 1)
    Atomics.notify(this.#syncChannel.wakeCounter, 0)
  }

  /** Receives up to `limit` messages that have come, before the event loop does. */
  receivePending (limit: number): void {
    for (let rest = limit; rest > 0; rest--) {
      const entry = receiveMessageOnPort(this.#port)
      if (entry === undefined) return
      this.#receiver.receive(entry.message)
    }
  }

  /** The thread is gone: receives what it has still sent. */
  close (): void {
    this.#port.off('close', this.#onClose)
    this.receivePending(Infinity)
    this.#port.close()
    this.#syncChannel?.port.close()
  }
}
