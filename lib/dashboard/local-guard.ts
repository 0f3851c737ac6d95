import { BlockList, isIP } from 'node:net'
import type { FastifyRequest } from 'fastify'
import { LocalOnly } from '../errors.js'

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')

/** Headers by which a proxy, which may be on this machine, tells that the client may be on another one. */
const proxyHeader = /^(forwarded|via|x-forwarded(-.*)?|x-real-ip|cf-connecting-ip|true-client-ip)$/

/**
 * The guard of a dashboard that has none: an onRequest hook that throws FST_BLOCKING_LOCAL_ONLY unless the
 * client is on this machine, and has asked for this machine. A page of another site could otherwise have its
 * own name resolve to 127.0.0.1, or be let in by the CORS headers of the app, and read the dashboard in the
 * browser of who works here.
 */
export async function refuseOthers (request: FastifyRequest): Promise<void> {
  const why = findReason(request)
  if (why !== undefined) throw new LocalOnly(why)
}

function findReason ({ raw: { socket, headers, httpVersion } }: FastifyRequest): string | undefined {
  const { remoteAddress } = socket
  if (remoteAddress === undefined) return 'the client has no address, as on a Unix domain socket'
  if (!isLoopback(remoteAddress)) return 'the client is on another one'
  // As nginx does by default, without any of these headers.
  if (httpVersion === '1.0') return 'the request has come by HTTP/1.0, as from a proxy'
  const proxied = Object.keys(headers).find((name) => proxyHeader.test(name))
  if (proxied !== undefined) return `the request has come by a proxy, as its header ${proxied} says`
  const host = headers.host ?? headers[':authority']
  if (typeof host !== 'string' || !isLocalName(host)) return 'the request is for another host'
  return isLocalOrigin(headers.origin) ? undefined : 'a page of another site asks'
}

/** A browser that asks for the page's own files sends no origin. */
function isLocalOrigin (origin: string | undefined): boolean {
  return origin === undefined || (URL.canParse(origin) && isLocalName(new URL(origin).host))
}

function isLocalName (host: string): boolean {
  const name = host.replace(/:\d*$/, '').replace(/^\[(.*)\]$/, '$1').toLowerCase()
  return /^([a-z0-9-]+\.)*localhost$/.test(name) || isLoopback(name)
}

/** An IPv4 address counts as well where it is written as an IPv6 one, as in "::ffff:127.0.0.1". */
function isLoopback (address: string): boolean {
  const version = isIP(address)
  return version !== 0 && loopback.check(address, version === 4 ? 'ipv4' : 'ipv6')
}
