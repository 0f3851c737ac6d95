import { EventEmitter } from 'node:events'
import type { ClientRequest, OutgoingHttpHeaders } from 'node:http'
import { getDefaultHighWaterMark } from 'node:stream'
import { LoopOnly, SocketWrite } from '../../errors.js'
import {
  OutgoingMessage, ServerResponse, STATUS_CODES, validateHeaderName, validateHeaderValue
} from '../../node-http.js'
import type { Headers } from '../../wire/request-state.js'
import { learnRawNames } from './raw-properties.js'
import type { RawRequest } from './raw-request.js'
import { refuseMembers } from './refused-members.js'

type Message = InstanceType<typeof OutgoingMessage>

/*
 * The response to a RawRequest. It has the members that Fastify and plugins read of a ServerResponse; members
 * that need the socket throw.
 */

export class RawResponse extends EventEmitter {
  readonly req: RawRequest
  headersSent = false
  sendDate = true
  /** Whether the response is over; `reply.sent` reads this property. */
  writableEnded = false
  writable = true
  destroyed = false
  #statusCode = 200
  #statusMessage: string | undefined
  /**
   * A message of Node, for its headers alone: keeps the names as they were written, and refuses invalid ones.
   * Created with the first header.
   */
  #message: Message & Partial<Pick<ClientRequest, 'getRawHeaderNames'>> | undefined
  #isHidden = false
  #isClosed = false
  /** Set if something else than the visit's route has written to it: the visit has another response. */
  #isStray = false
  #removed: Set<string> | undefined
  /** Headers passed to writeHead(), beside those that were set. */
  #written: Headers = {}

  constructor (request: RawRequest) {
    super()
    this.req = request
    learnRawNames(this)
  }

  /*
   * A ServerResponse throws for an invalid status when its head is written. Fastify cannot answer that error,
   * and the process would end. So an invalid status is refused when it is set.
   */

  get statusCode (): number {
    return this.#statusCode
  }

  set statusCode (code: number) {
    const number = code | 0
    if (number < 100 || number > 999) {
      throw Object.assign(
        new RangeError(`Invalid status code: ${code}`), { code: 'ERR_HTTP_INVALID_STATUS_CODE' }
      )
    }
    this.#statusCode = number
  }

  get statusMessage (): string | undefined {
    return this.#statusMessage
  }

  set statusMessage (message: string | undefined) {
    // Node writes a value of any type as text.
    const text = message ? `${message}` : ''
    validateHeaderValue('statusMessage', text)
    this.#statusMessage = text
  }

  get socket (): RawRequest['socket'] {
    return this.req.socket
  }

  get stream (): undefined {
    if (this.req.httpVersionMajor === 2) throw new LoopOnly('reply.raw.stream')
    return undefined
  }

  get connection (): RawRequest['socket'] {
    return this.req.socket
  }

  get finished (): boolean {
    return this.writableEnded
  }

  get writableFinished (): boolean {
    return this.writableEnded
  }

  /*
   * Stream state of a response that never writes anything.
   */

  get closed (): boolean {
    return this.#isClosed
  }

  get errored (): null {
    return null
  }

  get writableLength (): number {
    return 0
  }

  get writableHighWaterMark (): number {
    return getDefaultHighWaterMark(false)
  }

  get writableNeedDrain (): boolean {
    return false
  }

  get writableObjectMode (): boolean {
    return false
  }

  get writableCorked (): number {
    return 0
  }

  cork (): void {}
  uncork (): void {}

  /** Headers that Node would add by itself, and that have been removed; undefined for none. */
  get removed (): readonly string[] | undefined {
    return this.#removed && [...this.#removed]
  }

  setHeader (name: string, value: HeaderValue): this {
    this.#headers.setHeader(name, value)
    return this
  }

  setHeaders (headers: Map<string, HeaderValue>): this {
    this.#headers.setHeaders(headers)
    return this
  }

  appendHeader (name: string, value: string | readonly string[]): this {
    this.#headers.appendHeader(name, value)
    return this
  }

  getHeader (name: string): HeaderValue | undefined {
    return this.#message?.getHeader(name)
  }

  getHeaders (): OutgoingHttpHeaders {
    return (this.#isHidden ? undefined : this.#message?.getHeaders()) ?? Object.create(null)
  }

  /**
   * Calls `read` while getHeaders() gives nothing: reply.getHeaders() then gives the reply's own headers
   * alone.
   */
  withoutHeaders<Result> (read: () => Result): Result {
    this.#isHidden = true
    try {
      return read()
    } finally {
      this.#isHidden = false
    }
  }

  getHeaderNames (): string[] {
    return this.#message?.getHeaderNames() ?? []
  }

  getRawHeaderNames (): string[] {
    return this.#message?.getRawHeaderNames?.() ?? []
  }

  hasHeader (name: string): boolean {
    return this.#message?.hasHeader(name) ?? false
  }

  removeHeader (name: string): void {
    const key = name.toLowerCase()
    if (added.has(key)) (this.#removed ??= new Set()).add(key)
    if (key === 'date') this.sendDate = false
    this.#message?.removeHeader(name)
  }

  get #headers (): Message {
    this.#message ??= new OutgoingMessage()
    return this.#message
  }

  setTimeout (): this {
    return this
  }

  /**
   * Fastify calls writeHead() and end() last, after the answer has been captured, see capture-answer.ts; or
   * before that as its last resort, when hooks have failed for every answer.
   */
  writeHead (statusCode: number, headers?: Headers): this {
    const isLastResort = this.#afterCapture('reply.raw.writeHead()')
    if (isLastResort) this.#write(headers ?? {})
    this.statusCode = statusCode
    this.statusMessage ||= STATUS_CODES[statusCode] ?? ''
    this.headersSent = true
    return this
  }

  end (payload?: string | Buffer | null): this {
    if (this.#afterCapture('reply.raw.end()')) {
      this.req.visit.lifecycle.onWritten!(this.#written, payload ?? undefined)
    }
    this.finish()
    return this
  }

  /** Keeps the headers, or throws if one of them is invalid, and keeps none. */
  #write (headers: Headers): void {
    for (const name in headers) {
      validateHeaderName(name)
      validateHeaderValue(name, headers[name] as string)
    }
    this.#written = headers
  }

  /** Emits 'finish' and 'close', so that code that awaits the reply goes on: the answer has been sent. */
  finish (): void {
    if (this.writableEnded) return
    this.headersSent = true
    this.writableEnded = true
    this.writable = false
    const { req } = this
    if (this.listenerCount('finish') + this.listenerCount('close') + req.listenerCount('close') === 0) return
    process.nextTick(() => {
      this.emit('finish')
      this.#isClosed = true
      this.emit('close')
      req.close()
    })
  }

  /**
   * Emits 'close' without 'finish', so that code that awaits the reply goes on: the answer has broken off.
   */
  abort (): void {
    this.destroyed = true
    this.writable = false
    process.nextTick(() => {
      this.#isClosed = true
      this.emit('close')
      this.req.close()
    })
  }

  write (): never { throw new SocketWrite('reply.raw.write()') }
  flushHeaders (): never { throw new SocketWrite('reply.raw.flushHeaders()') }
  writeContinue (): never { throw new LoopOnly('reply.raw.writeContinue()') }
  writeProcessing (): never { throw new LoopOnly('reply.raw.writeProcessing()') }
  writeEarlyHints (): never { throw new LoopOnly('reply.raw.writeEarlyHints()') }
  addTrailers (): never { throw new LoopOnly('reply.raw.addTrailers()') }
  destroy (): never { throw new LoopOnly('reply.raw.destroy()') }

  /**
   * Returns true before the answer has been captured, when only the last resort of Fastify may write; throws
   * if it is not expected. Returns false after the capture, or if the visit has not reached its route.
   */
  #afterCapture (what: string): boolean {
    const { visit } = this.req
    if (this.#isStray || visit.isCaptured) return false
    if (visit.lifecycle.isReached) {
      if (visit.lifecycle.onWritten === undefined) throw new SocketWrite(what)
      return true
    }
    // No hook of the visit's route has run, so something else answers: the app's 404 handler, or its answer
    // to a bad URL.
    this.#isStray = true
    visit.misrouted('none of its routes')
    return false
  }
}

refuseMembers(RawResponse, ServerResponse, 'reply.raw')

type HeaderValue = number | string | readonly string[]

/** Headers that Node adds to a response by itself. */
const added = new Set(['connection', 'content-length', 'date', 'transfer-encoding'])
