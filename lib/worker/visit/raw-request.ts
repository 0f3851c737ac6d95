import type { FastifyRequest } from 'fastify'
import { LoopOnly } from '../../errors.js'
import { AbortReason } from '../../wire/abort-reason.js'
import { type HeaderObject, toDistinctHeaders, toHeaders } from '../../wire/header-lines.js'
import { learnRawNames } from './raw-properties.js'
import { openSocket, type RawSocket } from './raw-socket.js'
import { RequestBody } from './request-body.js'
import type { WorkerVisit } from './visit.js'

/*
 * The request that the worker's app gets in the place of an IncomingMessage. It has the members that Fastify
 * and plugins read.
 */

export interface Destination {
  method: string
  url: string
}

export class RawRequest extends RequestBody {
  readonly socket: RawSocket
  method: string
  /** The URL as it came, until the app's own `rewriteUrl` sets it. */
  url: string
  headers: HeaderObject
  rawHeaders: string[]
  readonly httpVersion: string
  readonly httpVersionMajor: number
  readonly httpVersionMinor: number

  /** `to` is the method and URL to route by. Default: those of the request on the loop. */
  constructor (visit: WorkerVisit, to?: Destination) {
    super(visit)
    const { open } = visit
    if (open.bodyMode === 'unread') visit.body = this
    else {
      if (open.collected !== undefined) for (const chunk of open.collected) this.receive(chunk)
      if (open.encodedLength !== undefined) this.receivedEncodedLength = open.encodedLength
      this.end()
    }
    this.socket = openSocket(visit)
    this.method = to?.method ?? open.method
    this.url = to?.url ?? open.originalUrl ?? open.url
    this.rawHeaders = open.lines
    this.headers = open.headers ?? toHeaders(open.lines)
    const { httpVersion = '1.1' } = open
    this.httpVersion = httpVersion
    this.httpVersionMajor = Number(httpVersion[0])
    this.httpVersionMinor = Number(httpVersion[2] ?? 0)
    learnRawNames(this)
  }

  get connection (): RawSocket {
    return this.socket
  }

  get complete (): boolean {
    return this.isComplete
  }

  get aborted (): boolean {
    return this.visit.abortReason === AbortReason.clientGone
  }

  get rawTrailers (): string[] {
    return this.visit.trailers?.lines ?? []
  }

  get trailers (): Record<string, string | undefined> {
    return this.visit.trailers?.joined ?? {}
  }

  /*
   * Members that either HTTP/1 or HTTP/2 lacks.
   */

  get headersDistinct (): Record<string, string[]> | undefined {
    return this.#isHttp2 ? undefined : toDistinctHeaders(this.rawHeaders)
  }

  get trailersDistinct (): Record<string, string[]> | undefined {
    return this.#isHttp2 ? undefined : toDistinctHeaders(this.rawTrailers)
  }

  get authority (): HeaderObject[string] {
    return this.#isHttp2 ? this.headers[':authority'] ?? this.headers.host : undefined
  }

  get scheme (): HeaderObject[string] {
    return this.#isHttp2 ? this.headers[':scheme'] : undefined
  }

  get stream (): undefined {
    if (this.#isHttp2) throw new LoopOnly('request.raw.stream')
    return undefined
  }

  get #isHttp2 (): boolean {
    return this.httpVersionMajor === 2
  }

  setTimeout (): this {
    return this
  }

  /**
   * Called when the response is over. A body that has been read, or has broken, has emitted 'close' already.
   */
  close (): void {
    if (!this.destroyed) this.emit('close')
  }
}

/**
 * Returns the visit that a request belongs to; undefined for a request that `inject` has made in the worker.
 */
export function visitOf (request: FastifyRequest): WorkerVisit | undefined {
  return rawRequestOf(request)?.visit
}

export function rawRequestOf (request: FastifyRequest): RawRequest | undefined {
  const raw: unknown = request.raw
  return raw instanceof RawRequest ? raw : undefined
}
