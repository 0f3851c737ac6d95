import { setImmediate as nextTurn } from 'node:timers/promises'
import { UnsupportedAnswer } from '../../errors.js'
import { isThenable } from '../../promises.js'
import type { BufferPool } from '../../wire/buffer-pool.js'
import { ChunkBatch } from '../../wire/chunk-batch.js'
import { streamWindow } from '../../wire/streams.js'
import type { ChunkSource } from './chunk-source.js'

/** How long, in ms, chunks are collected from a source that always has its next chunk at once. */
const maxBatchAge = 5

/**
 * Reads chunks from a source as far as credit allows (backpressure), and sends them in batches. A batch
 * leaves when the source makes the pump wait. A synchronous source never does, and nothing can be sent while
 * it computes a chunk: its first chunk leaves at once, and so does every chunk that took long, or that comes
 * from a prompt source. After such a batch, or a full one, the pump waits for a turn of the event loop, in
 * which it can be stopped.
 */
export class ChunkPump {
  isStopped = false
  #credit = streamWindow
  /** performance.now() when the last batch was sent. */
  #sentAt = performance.now()
  #wake: (() => void) | undefined
  #flushing: NodeJS.Immediate | undefined
  #release!: () => void
  readonly #batch: ChunkBatch
  readonly #route: string
  readonly #source: ChunkSource
  readonly #send: (part: Uint8Array) => void
  readonly #mayGoOn: () => boolean

  constructor (
    route: string,
    source: ChunkSource,
    send: (part: Uint8Array) => void,
    mayGoOn: () => boolean,
    bufferPool: BufferPool
  ) {
    this.#route = route
    this.#source = source
    this.#send = send
    this.#mayGoOn = mayGoOn
    this.#batch = new ChunkBatch(bufferPool)
  }

  /**
   * Resolves when the source has ended or was stopped; rejects with the error of the source, or about a
   * chunk.
   */
  async run (): Promise<void> {
    const stopped = new Promise<void>((resolve) => { this.#release = resolve })
    try {
      // Once the source is stopped its next step is not awaited: it may never come.
      await Promise.race([this.#run(), stopped])
    } finally {
      clearImmediate(this.#flushing)
    }
    if (this.isStopped) await this.#source.cancel()
  }

  addCredit (bytes: number): void {
    this.#credit += bytes
    if (this.#credit > 0) this.#wake?.()
  }

  stop (): void {
    if (this.isStopped) return
    this.isStopped = true
    this.#wake?.()
    this.#release()
  }

  /** Returns the bytes that have not been sent. */
  takeRemaining (): Uint8Array {
    return this.#batch.take()
  }

  async #run (): Promise<void> {
    let isFirst = true
    while (true) {
      if (this.#credit <= 0) await this.#whenCredit()
      if (!this.#mayContinue()) return
      let step = this.#source.next()
      if (isThenable(step)) step = await this.#wait(step)
      else if (isFirst) this.#sentAt = -Infinity
      isFirst = false
      if (step.done === true || this.isStopped) return
      try {
        const chunk = isThenable(step.value) ? await this.#wait(step.value) : step.value
        const pending = this.#addChunk(chunk)
        if (pending !== undefined) await pending
      } catch (error) {
        await this.#source.cancel()
        throw error
      }
    }
  }

  #mayContinue (): boolean {
    if (!this.isStopped && !this.#mayGoOn()) this.stop()
    return !this.isStopped
  }

  /** Returns a promise only if there is something to wait for. */
  #addChunk (chunk: unknown): Promise<void> | undefined {
    if (typeof chunk !== 'string' && !(chunk instanceof Uint8Array)) {
      throw new UnsupportedAnswer(this.#route, `a stream of which a chunk is ${nameOf(chunk)}`)
    }
    const takeRemaining = this.#batch.add(chunk)
    if (this.#batch.isFull) return this.#sendBatches(takeRemaining)
    const isDue = this.#source.isPrompt === true || performance.now() - this.#sentAt > maxBatchAge
    return isDue ? this.#sendBatches(undefined) : undefined
  }

  async #sendBatches (takeRemaining: Uint8Array | undefined): Promise<void> {
    this.#flush()
    await nextTurn()
    while (takeRemaining !== undefined && this.#mayContinue()) {
      if (this.#credit <= 0) await this.#whenCredit()
      takeRemaining = this.#batch.add(takeRemaining)
      if (this.#batch.isFull) {
        this.#flush()
        await nextTurn()
      }
    }
  }

  /** Sends the collected chunks while the source makes the pump wait. */
  async #wait<Result> (promise: PromiseLike<Result>): Promise<Result> {
    if (!this.#batch.isEmpty) this.#flushing ??= setImmediate(() => this.#flush())
    return await promise
  }

  #flush (): void {
    clearImmediate(this.#flushing)
    this.#flushing = undefined
    this.#sentAt = performance.now()
    if (this.#batch.isEmpty || this.isStopped) return
    const part = this.#batch.take()
    this.#credit -= part.length
    this.#send(part)
  }

  async #whenCredit (): Promise<void> {
    if (this.isStopped) return
    await new Promise<void>((resolve) => { this.#wake = resolve })
    this.#wake = undefined
  }
}

function nameOf (chunk: unknown): string {
  return chunk === null
    ? 'null'
    : typeof chunk === 'object'
      ? `an instance of ${chunk.constructor?.name ?? 'nothing'}`
      : `of type ${typeof chunk}`
}
