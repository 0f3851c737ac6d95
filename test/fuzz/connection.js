import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { waitUntil } from '../support/wait.js'

/** Turns, of 2 ms or more, for which nothing may happen before a request is taken for one that waits for more. */
const patience = 50

/** An app that listens, and which requests have come on which connection. */
export class Listening {
  #connections = new Map()

  constructor (app) {
    this.app = app
  }

  async open () {
    const { server } = this.app
    server.on('connection', (socket) => { this.#connections.set(socket.remotePort, { socket, exchanges: [], isOvertaken: false }) })
    server.prependListener('request', (request, response) => { this.#connections.get(request.socket.remotePort).exchanges.push({ request, response }) })
    // A request that cannot be parsed is answered at once: in the place of those before it that are still being worked on.
    server.prependListener('clientError', (_error, socket) => {
      const connection = this.#connections.get(socket.remotePort)
      if (connection !== undefined) connection.isOvertaken = connection.exchanges.some(isOpen)
    })
    await this.app.listen({ host: '127.0.0.1', port: 0 })
    this.port = server.address().port
  }

  /**
   * Sends bytes on a connection of their own, and gives all that comes back. When nothing more can come the connection is
   * ended from here. `isClosed`: the server did. `isCut`: a request was still waited for then, or the connection was reset: what has come of it depends on when.
   */
  async talk (bytes) {
    const socket = connect(this.port, '127.0.0.1')
    let isReset = false
    socket.on('error', () => { isReset = true })
    const closed = once(socket, 'close')
    const chunks = []
    socket.on('data', (chunk) => { chunks.push(chunk) })
    await once(socket, 'connect')
    const { localPort } = socket
    await waitUntil(() => this.#connections.has(localPort))
    const connection = this.#connections.get(localPort)
    const { socket: other, exchanges } = connection
    socket.write(bytes)
    let isCut = false
    let isClosed = true
    let quiet = 0
    let size = -1
    while (!socket.destroyed && !socket.readableEnded) {
      const open = exchanges.filter(isOpen)
      const isRead = other.bytesRead >= bytes.length
      const seen = chunks.length + exchanges.length * 1_000
      quiet = isRead && seen === size ? quiet + 1 : 0
      size = seen
      const isStuck = open.length > 0 && !open[0].request.complete && quiet > patience
      if (isRead && ((open.length === 0 && quiet > 1) || isStuck)) {
        isCut = isStuck
        isClosed = other.destroyed || other.writableEnded
        socket.end()
        break
      }
      await delay(quiet > 5 ? 2 : 0)
    }
    await closed
    this.#connections.delete(localPort)
    const text = Buffer.concat(chunks).toString('latin1').replace(/(?<=\r\nDate: )\w{3}, \d\d \w{3} \d{4} [\d:]{8} GMT/g, 'now')
    return { text, isClosed, methods: exchanges.map(({ request }) => request.method), isCut: isCut || isReset || connection.isOvertaken || exchanges.some(({ request, response }) => !request.complete && !response.writableFinished) }
  }
}

function isOpen ({ response }) {
  return !response.writableFinished && !response.destroyed
}

/** The answers on a connection, or where they cannot be told apart. */
export function readAnswers ({ text, methods, isCut }) {
  const answers = []
  const expected = [...methods]
  let rest = text
  while (rest !== '') {
    const end = rest.indexOf('\r\n\r\n')
    const [line, ...headers] = rest.slice(0, end).split('\r\n')
    const [, status, reason] = /^HTTP\/1\.[01] (\d{3}) ([^\r\n]*)$/.exec(line) ?? []
    if (end === -1 || status === undefined || !headers.every((header) => /^[\w!#$%&'*+.^`|~-]+: ?[^\r\n\0]*$/.test(header))) return { answers, malformed: rest }
    rest = rest.slice(end + 4)
    if (status === '100') continue
    const named = (name) => headers.find((header) => header.toLowerCase().startsWith(`${name}: `))?.slice(name.length + 2)
    const answer = { status: Number(status), reason, headers, body: '' }
    // Node's own answer to an Expect, of which the app hears nothing.
    const method = status === '417' ? (rest.startsWith('0\r\n\r\n') ? '' : 'HEAD') : expected.shift()
    answers.push(answer)
    const length = named('content-length')
    // Where it has overtaken others nobody knows which of the methods it has answered.
    const isOfHead = method === 'HEAD' && (!isCut || /^(HTTP|$)/.test(rest))
    if (isOfHead || status === '204' || status === '304' || status < 200) continue
    if (named('transfer-encoding') === 'chunked') {
      const read = readChunks(rest)
      answer.body = read.body
      if (read.rest === undefined) return { answers: [...answers.slice(0, -1), { ...answer, isBroken: true }] }
      rest = read.rest
    } else if (length !== undefined) {
      answer.body = rest.slice(0, Number(length))
      if (answer.body.length < Number(length)) return { answers: [...answers.slice(0, -1), { ...answer, isBroken: true }] }
      rest = rest.slice(Number(length))
    } else {
      answer.body = rest
      rest = ''
    }
  }
  return { answers }
}

function readChunks (text) {
  let body = ''
  let rest = text
  while (true) {
    const end = rest.indexOf('\r\n')
    const size = parseInt(rest.slice(0, end), 16)
    if (end === -1 || Number.isNaN(size) || rest.length < end + 2 + size + 2) return { body: body + (end === -1 || Number.isNaN(size) ? '' : rest.slice(end + 2)) }
    body += rest.slice(end + 2, end + 2 + size)
    rest = rest.slice(end + 2 + size + 2)
    if (size === 0) return { body, rest }
  }
}

/** A worker may change their order, but for those of one name, and the case of names. */
export function sortHeaders ({ answers, malformed }) {
  return {
    malformed,
    answers: answers.map(({ headers, ...answer }) => ({ ...answer, headers: headers.map((header, index) => [header.replace(/^[^:]*/, (name) => name.toLowerCase()), index]).sort(([one, at], [other, place]) => compare(one.split(':')[0], other.split(':')[0]) || at - place).map(([header]) => header) }))
  }
}

function compare (one, other) {
  return one < other ? -1 : Number(one > other)
}
