import { EventEmitter } from 'node:events'
import { isIPv6, Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import { AbortReason } from '../../wire/abort-reason.js'
import type { Tls } from '../../wire/request-state.js'
import { refuseMembers } from './refused-members.js'
import type { WorkerVisit } from './visit.js'

/*
 * The socket of a visit's request: addresses, and results of the TLS handshake. Members that need the real
 * socket throw.
 */

export class RawSocket extends EventEmitter {
  readonly remoteAddress: string | undefined
  readonly remotePort: number | undefined
  readonly localAddress: string | undefined
  readonly localPort: number | undefined
  readonly #visit: WorkerVisit

  constructor (visit: WorkerVisit) {
    super()
    const [remoteAddress, remotePort, localAddress, localPort] = visit.open.connection
    this.remoteAddress = remoteAddress
    this.remotePort = remotePort
    this.localAddress = localAddress
    this.localPort = localPort
    this.#visit = visit
  }

  get remoteFamily (): string | undefined {
    return familyOf(this.remoteAddress)
  }

  get localFamily (): string | undefined {
    return familyOf(this.localAddress)
  }

  address (): { address?: string, family?: string, port?: number } {
    const { localAddress: address, localFamily: family, localPort: port } = this
    return address === undefined ? {} : { address, family: family!, port: port! }
  }

  get destroyed (): boolean {
    return this.#visit.abortReason === AbortReason.clientGone
  }

  get closed (): boolean {
    return this.destroyed
  }

  get readable (): boolean {
    return !this.destroyed
  }

  get writable (): boolean {
    return !this.destroyed
  }

  get pending (): boolean {
    return false
  }

  get readyState (): string {
    return this.destroyed ? 'closed' : 'open'
  }

  get errored (): null {
    return null
  }
}

class RawTlsSocket extends RawSocket {
  readonly encrypted = true

  constructor (visit: WorkerVisit, tls: Tls | undefined) {
    super(visit)
    Object.assign(this, tls)
  }
}

refuseMembers(RawSocket, Socket, 'request.socket')
refuseMembers(RawTlsSocket, TLSSocket, 'request.socket')

export function openSocket (visit: WorkerVisit): RawSocket {
  const [, , , , isEncrypted, tls] = visit.open.connection
  return isEncrypted ? new RawTlsSocket(visit, tls) : new RawSocket(visit)
}

function familyOf (address: string | undefined): string | undefined {
  return address === undefined ? undefined : isIPv6(address) ? 'IPv6' : 'IPv4'
}
