import { BlockList, isIP } from 'node:net'
import type { FastifyRequest } from 'fastify'
import { LocalOnly } from '../errors.js'

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')

/** Headers by which a proxy, which may be on this machine, tells that the client may be on another one. */
export const proxyHeaders = ['forwarded', 'via', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip']

/**
 * The guard of a dashboard that has none: an onRequest hook that throws FST_BLOCKING_LOCAL_ONLY unless the
 * client is on this machine, and has asked for this machine. A page of another origin could otherwise have
 * its own name resolve to 127.0.0.1, and read the dashboard in the browser of who works here.
 */
export async function refuseOthers (request: FastifyRequest): Promise<void> {
  const why = findReason(request)
  if (why !== undefined) throw new LocalOnly(why)
}

function findReason ({ raw: { socket, headers } }: FastifyRequest): string | undefined {
  const { remoteAddress } = socket
  if (remoteAddress === undefined) return 'the client has no address, as on a Unix domain socket'
  if (!isLoopback(remoteAddress)) return 'the client is on another one'
  const proxied = proxyHeaders.find((name) => headers[name] !== undefined)
  if (proxied !== undefined) return `the request has come by a proxy, as its header ${proxied} says`
  const host = headers.host ?? headers[':authority']
  if (typeof host !== 'string' || !isLocalName(host)) return 'the request is for another host'
  return undefined
}

function isLocalName (host: string): boolean {
  const name = host.replace(/:\d*$/, '').replace(/^\[(.*)\]$/, '$1').toLowerCase()
  return name === 'localhost' || name.endsWith('.localhost') || isLoopback(name)
}

/** An IPv4 address counts as well where it is written as an IPv6 one, as in "::ffff:127.0.0.1". */
function isLoopback (address: string): boolean {
  const version = isIP(address)
  return version !== 0 && loopback.check(address, version === 4 ? 'ipv4' : 'ipv6')
}
