/*
 * What has happened in the requests of one app, on both sides and at the client, in one order; and the gates at which they wait until
 * they are told. In shared memory, since a thread that ends says nothing any more.
 */

const lineBytes = 128
const header = 4
const [count, news, gates] = [0, 1, header]

/** For so many requests, with so many lines each. */
export function createMemory (requests, lines = 24) {
  return { requests, shared: new SharedArrayBuffer((header + requests) * 4 + requests * lines * lineBytes) }
}

export class Record {
  #opened = 1
  #read = 0
  #lines = new Map()
  #ints
  #bytes
  #first
  #meanwhile

  /** `meanwhile` is done, again and again, as long as an asynchronous part waits. */
  constructor ({ requests, shared }, meanwhile) {
    this.#meanwhile = meanwhile
    this.#first = (header + requests) * 4
    this.#ints = new Int32Array(shared, 0, header + requests)
    this.#bytes = new Uint8Array(shared, this.#first)
  }

  /** A number for a request, which is the client's to give. 0 is the app's own. */
  open () {
    return this.#opened++
  }

  note (request, line) {
    const text = new TextEncoder().encode(`${request} ${line}`)
    if (text.length >= lineBytes) throw new Error(`too long: ${line}`)
    const start = Atomics.add(this.#ints, count, 1) * lineBytes
    this.#bytes.set(text, start + 1)
    // Last, since whoever reads must not find half a line.
    Atomics.store(this.#bytes, start, text.length)
    Atomics.add(this.#ints, news, 1)
    Atomics.notify(this.#ints, news)
  }

  lines (request) {
    for (let length = this.#lengthOf(this.#read); length > 0; length = this.#lengthOf(this.#read)) {
      const start = this.#read++ * lineBytes + 1
      const [, of, line] = /^(\d+) (.*)$/.exec(Buffer.from(this.#bytes.slice(start, start + length)).toString())
      const lines = this.#lines.get(Number(of)) ?? []
      this.#lines.set(Number(of), [...lines, line])
    }
    return this.#lines.get(request) ?? []
  }

  /** Whether it has come to that within so many ms. */
  async until (request, holds, patience) {
    const end = performance.now() + patience
    while (true) {
      const heard = Atomics.load(this.#ints, news)
      if (holds(this.lines(request))) return true
      const left = end - performance.now()
      if (left <= 0) return false
      await Atomics.waitAsync(this.#ints, news, heard, left).value
    }
  }

  go (request) {
    Atomics.store(this.#ints, this.#gateOf(request), 1)
    Atomics.notify(this.#ints, this.#gateOf(request))
  }

  async wait (request) {
    this.note(request, 'waits')
    const told = Atomics.waitAsync(this.#ints, this.#gateOf(request), 0).value
    while (this.#meanwhile !== undefined && Atomics.load(this.#ints, this.#gateOf(request)) === 0) await this.#meanwhile()
    await told
  }

  /** Holds its thread. */
  waitHere (request) {
    this.note(request, 'waits')
    Atomics.wait(this.#ints, this.#gateOf(request), 0)
  }

  /** It may come as the text that it is in a query. */
  #gateOf (request) {
    return gates + Number(request)
  }

  #lengthOf (line) {
    return (line + 1) * lineBytes > this.#bytes.length ? 0 : Atomics.load(this.#bytes, line * lineBytes)
  }
}
