import { deserialize, serialize } from 'node:v8'
import { parentPort } from 'node:worker_threads'
import { WouldDeadlock } from '../../dist/errors.js'
import { BufferPool } from '../../dist/wire/buffer-pool.js'
import { serializeError } from '../../dist/wire/error.js'
import { isLast } from '../../dist/wire/messages.js'
import { boot } from '../../dist/worker/entry.js'

/*
 * The worker's end of the byte executor: a channel whose messages are bytes.
 */

function post (message) {
  try {
    parentPort.postMessage(serialize(message))
  } catch (error) {
    throw new DOMException(error.message, 'DataCloneError')
  }
}

class ByteChannel {
  bufferPool = new BufferPool()
  isRetired = false
  #sessions = new Map()
  #handlers
  #early = []

  constructor () {
    parentPort.on('message', (bytes) => this.#receive(deserialize(bytes)))
  }

  noteHeapUsed () {}

  get isBusy () {
    return this.#sessions.size > 0
  }

  serve (handlers) {
    this.#handlers = handlers
    for (const message of this.#early) this.#receive(message)
  }

  log (line) {
    post({ line })
  }

  call (call, session) {
    post({ call, session: session?.isOver === false ? session.id : undefined })
  }

  /** Without shared memory a thread cannot wait for a message. */
  callSync () {
    throw new WouldDeadlock('a synchronous call', 'this executor has no shared memory; await the call without sync()')
  }

  ended (session) {
    this.#sessions.delete(session.id)
  }

  #receive (message) {
    if (this.#handlers === undefined) {
      this.#early.push(message)
      return
    }
    const { announcement, result, open, session: id, message: inner, abort, decision } = message
    if (announcement !== undefined) return this.#handlers.announced(announcement)
    if (result !== undefined) return this.#handlers.called(result)
    if (message.close) return closeApp()
    if (open !== undefined) return this.#open(id, open, this.#sessions.get(message.outer))
    const session = this.#sessions.get(id)
    if (session === undefined) return
    if (inner !== undefined) session.receiver.receive(inner)
    else if (abort !== undefined) session.abort(abort, message.isDecided)
    else session.decide(decision)
  }

  #open (id, open, outer) {
    const session = new ByteSessionEnd(id, outer, this)
    this.#sessions.set(id, session)
    post({ session: id, started: true })
    session.receiver = open.type === 'visit' ? this.#handlers.openVisit(open, session) : this.#handlers.openCall(open, session)
  }
}

class ByteSessionEnd {
  isOver = false
  decision = 0
  #reason = 0
  #watchers = []
  #decide
  #channel

  constructor (id, outer, channel) {
    this.id = id
    this.outer = outer
    this.#channel = channel
  }

  get abortReason () {
    return this.#reason || (this.outer?.abortReason ?? 0)
  }

  async complete () {
    if (this.isOver || this.decision !== 0) return this.isOver
    post({ session: this.id, complete: true })
    this.decision = await new Promise((resolve) => { this.#decide = resolve })
    return this.decision === 0
  }

  decide (reason) {
    this.#decide(reason)
  }

  abort (reason, isDecided) {
    this.#reason = reason
    if (isDecided) this.decision ||= reason
    for (const watcher of this.#watchers) watcher()
  }

  watchAbort (callback) {
    this.#watchers.push(callback)
    this.outer?.watchAbort(callback)
  }

  send (message) {
    if (this.isOver) return
    post({ session: this.id, message })
    if (!isLast(message)) return
    this.isOver = true
    this.#channel.ended(this)
  }
}

let closeApp = () => process.exit()

try {
  const { report, close } = await boot(new ByteChannel())
  closeApp = async () => {
    try {
      await close()
    } catch (error) {
      post({ error: serializeError(error) })
    }
    setImmediate(() => process.exit())
  }
  post({ booted: report })
} catch (error) {
  post({ failed: serializeError(error) })
  setImmediate(() => process.exit(1))
}
