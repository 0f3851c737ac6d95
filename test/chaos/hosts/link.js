import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'

/** The way of one process to the broker: it can be cut, and made slow. */
export class Link {
  /** ms that bytes take in either direction. */
  delay = 0
  #isCut = false
  #held = Promise.resolve()
  #release = () => {}
  #sockets = new Set()
  #server = createServer((socket) => this.#accept(socket))
  #port

  /** `port`: of the broker. */
  constructor (port) {
    this.#port = port
  }

  /** Resolves with the URL that is the broker's for the process. */
  async open () {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    return `nats://127.0.0.1:${this.#server.address().port}`
  }

  /** Ends all connections, and refuses others. */
  cut () {
    this.#isCut = true
    for (const socket of this.#sockets) socket.destroy()
  }

  mend () {
    this.#isCut = false
  }

  /** Keeps what comes from now on, until it is released. */
  hold () {
    this.#held = new Promise((resolve) => { this.#release = resolve })
  }

  release () {
    this.#release()
    this.#held = Promise.resolve()
  }

  close () {
    this.release()
    this.cut()
    this.#server.close()
  }

  #accept (socket) {
    if (this.#isCut) return socket.destroy()
    const broker = connect(this.#port, '127.0.0.1')
    this.#carry(socket, broker)
    this.#carry(broker, socket)
  }

  #carry (from, to) {
    this.#sockets.add(from)
    from.setNoDelay(true)
    // In the order in which they came, whatever each one's delay was.
    let carried = Promise.resolve()
    from.on('data', (chunk) => {
      const due = Promise.all([this.#held, this.delay > 0 ? wait(this.delay) : undefined])
      carried = carried.then(async () => {
        await due
        to.write(chunk)
      })
    })
    from.on('error', () => {}) // 'close' follows
    from.on('close', () => {
      this.#sockets.delete(from)
      carried.then(() => to.destroy())
    })
  }
}
