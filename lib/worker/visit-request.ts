import { EventEmitter } from 'node:events'
import type { FastifyRequest } from 'fastify'
import { Flag } from '../wire/flag.js'
import { VisitBody } from './body.js'
import type { WorkerVisit } from './visit.js'
import { learnNamesOf } from './visit-names.js'

/*
 * The request that the worker's app is given in the place of a socket's. It has what Fastify and plugins read of a real one.
 */

class VisitSocket extends EventEmitter {
  readonly remoteAddress: string | undefined
  readonly remotePort: number | undefined
  readonly localAddress: string | undefined
  readonly localPort: number | undefined
  readonly encrypted: boolean
  readonly #visit: WorkerVisit

  constructor (visit: WorkerVisit) {
    super()
    const [remoteAddress, remotePort, localAddress, localPort, encrypted] = visit.open.connection
    this.remoteAddress = remoteAddress
    this.remotePort = remotePort
    this.localAddress = localAddress
    this.localPort = localPort
    this.encrypted = encrypted
    this.#visit = visit
  }

  get destroyed (): boolean {
    return this.#visit.flag === Flag.clientGone
  }
}

export interface Destination {
  method: string
  url: string
}

export class VisitRequest extends VisitBody {
  readonly socket: VisitSocket
  method: string
  /** As it came, until the app's own `rewriteUrl` sets it. */
  url: string
  headers: Record<string, string | string[] | undefined>
  readonly httpVersion: string
  readonly httpVersionMajor: number
  readonly httpVersionMinor: number
  readonly trailers = {}

  /** `to` is where it is routed, unless to where it went on the loop. */
  constructor (visit: WorkerVisit, to?: Destination) {
    super(visit)
    const { open } = visit
    if (open.follows === 'unread') visit.body = this
    else this.end()
    this.socket = new VisitSocket(visit)
    this.method = to?.method ?? open.method
    this.url = to?.url ?? open.originalUrl ?? open.url
    this.headers = open.headers
    const { httpVersion = '1.1' } = open
    this.httpVersion = httpVersion
    this.httpVersionMajor = Number(httpVersion[0])
    this.httpVersionMinor = Number(httpVersion[2] ?? 0)
    learnNamesOf(this)
  }

  get connection (): VisitSocket {
    return this.socket
  }

  get complete (): boolean {
    return this.isWhole
  }

  get aborted (): boolean {
    return this.visit.flag === Flag.clientGone
  }

  get rawHeaders (): string[] {
    return Object.entries(this.headers).flatMap(([name, value]) => [value ?? []].flat().flatMap((one) => [name, one]))
  }

  setTimeout (): this {
    return this
  }

  /** The response is over. A body that has been read, or was broken off, has told it already. */
  close (): void {
    if (!this.destroyed) this.emit('close')
  }
}

/** The visit that a request belongs to; undefined if it was made in the worker, by `inject`. */
export function visitOf (request: FastifyRequest): WorkerVisit | undefined {
  return rawOf(request)?.visit
}

export function rawOf (request: FastifyRequest): VisitRequest | undefined {
  const raw: unknown = request.raw
  return raw instanceof VisitRequest ? raw : undefined
}
