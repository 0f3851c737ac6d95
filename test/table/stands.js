import { once } from 'node:events'
import { get } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { build } from './app.js'
import { createMemory, Record } from './record.js'

/** What kind of app an outcome needs. Those of one key share one; of a cell that ends its server each has its own. */
const kinds = {
  'the route\'s limit is': (limit) => ({ key: `limit of ${limit} ms`, limit, plugin: { timeout: limit } }),
  'the route\'s limit and': (limit) => ({ key: `limit and grace of ${limit} ms`, limit, plugin: { timeout: limit, grace: limit } }),
  handlerTimeout: (limit) => ({ key: `handlerTimeout of ${limit} ms`, limit, route: { handlerTimeout: limit, blocking: { timeout: 0 } } }),
  'the thread retires at handlerTimeout': (limit) => ({
    key: `retires at handlerTimeout of ${limit} ms`, limit, hasAddon: true, route: { handlerTimeout: limit, blocking: { timeout: 0 } }, plugin: { grace: limit }
  }),
  'the thread retires': (limit) => ({ key: `retires after ${limit} ms`, limit, hasAddon: true, plugin: { timeout: limit, grace: limit } }),
  'the queue is full': () => ({ key: 'full', isHeld: true, plugin: { queue: { max: 0 } } }),
  'the queue is too slow': () => ({ key: 'slow', isHeld: true, plugin: { queue: { timeout: 20 } } }),
  'the client goes in the queue': () => ({ key: 'held', isHeld: true }),
  'the server closes, in the queue': () => ({ isHeld: true }),
  'the server closes in time': () => ({}),
  // After which the loop is not waited for either, so not as short as it could be.
  'the server closes too early': () => ({ plugin: { grace: 300 } }),
  'the thread ends': () => ({ key: 'thread ends' })
}

/** The apps that the cells are tried on. */
export class Stands {
  #made = new Map()
  #cells

  constructor (cells) {
    this.#cells = cells
  }

  /** `attempt`: of limits that were over before the request had come to where it waits, and are longer each time. */
  async find (cell, attempt) {
    const { key, ...options } = kindOf(cell, attempt)
    if (key === undefined) return await Stand.open({ ...options, cells: [cell] })
    if (!this.#made.has(key)) this.#made.set(key, Stand.open({ ...options, cells: this.#cells.filter((other) => kindOf(other, attempt).key === key) }))
    return await this.#made.get(key)
  }

  async close () {
    await Promise.all([...this.#made.values()].map(async (stand) => (await stand).close()))
  }
}

export function kindOf (cell, attempt = 0) {
  const [, kind] = Object.entries(kinds).find(([name]) => cell.outcome.startsWith(name)) ?? []
  return kind === undefined ? { key: 'plain' } : kind(100 * 10 ** attempt)
}

/** An app that listens. */
class Stand {
  static async open ({ isHeld = false, limit, ...options }) {
    const stand = new Stand()
    Object.assign(stand, { isHeld, limit })
    const memory = createMemory(5 * options.cells.length + 10)
    stand.record = new Record(memory)
    stand.app = await build({ ...options, memory })
    stand.#watch()
    stand.origin = await stand.app.listen({ port: 0, host: '127.0.0.1' })
    if (isHeld) await stand.#hold()
    return stand
  }

  #responses = new Map()
  #holder

  /** Its first byte is the answer, whatever comes after it. */
  #watch () {
    this.app.server.on('connection', (socket) => {
      const { write } = socket
      socket.write = (...parameters) => {
        socket.write = write
        const [, status] = /^HTTP\/1.1 (\d+)/.exec(String(parameters[0])) ?? []
        if (socket.request !== undefined) this.record.note(socket.request, `answer ${status}`)
        return write.apply(socket, parameters)
      }
    })
    this.app.server.prependListener('request', (request, response) => {
      const number = new URL(request.url, 'http://localhost').searchParams.get('request')
      request.socket.request = number
      this.#responses.set(Number(number), once(response, 'close'))
    })
  }

  /** Once the server knows that nobody waits for it any more. */
  async gone (request) {
    await this.#responses.get(request)
  }

  async #hold () {
    const request = this.#holder = this.record.open()
    this.#ask(`/hold?request=${request}`)
    await this.record.until(request, (lines) => lines.includes('waits'), 100_000)
  }

  release () {
    if (this.isHeld) this.record.go(this.#holder)
  }

  #ask (path) {
    get(this.origin + path, { agent: false }, (response) => { response.resume() })
  }

  /** Whatever has been left to be done is done. */
  async settle (patience) {
    if (!this.isHeld) await this.until('no thread is busy', ({ threads }) => threads.busy === 0, patience)
    for (const side of this.isHeld ? ['loop'] : ['loop', 'worker']) {
      const request = this.record.open()
      this.#ask(`/settle/${side}?request=${request}`)
      await this.record.until(request, (lines) => lines.includes(`settled ${side}`), patience)
    }
  }

  async until (what, holds, patience = 100_000) {
    const end = performance.now() + patience
    while (!holds(this.app.blocking.stats())) {
      if (performance.now() > end) throw new Error(`waited in vain until ${what}`)
      await delay(2)
    }
  }

  async close () {
    this.release()
    await this.app.close()
  }
}
