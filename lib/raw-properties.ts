import { createServer, IncomingMessage, ServerResponse } from 'node:http'
import { Duplex } from 'node:stream'
import type { IsOwn } from './own-properties.js'

/*
 * What on a raw request and a raw response stays on its side: what Node itself keeps there. The rest is what middleware and hooks
 * have put there.
 */

const request = new IncomingMessage(null as never)
const ofRequest = Object.keys(request)
const ofResponse = Object.keys(new ServerResponse(request))
const names = new Set([...ofRequest, ...ofResponse])
const counts = new Map<object | null, number>([[IncomingMessage.prototype, ofRequest.length], [ServerResponse.prototype, ofResponse.length]])

/** With what a prototype has: whoever puts another method there means that very object. */
export const isOwnOfRaw: IsOwn = (raw, name) => names.has(name) || name in (Object.getPrototypeOf(raw) as object) || isMember(name) || isOfInject(raw, name)

/** Of HTTP/1's, which an injected request has as properties. */
export function isMember (name: string): boolean {
  return name in IncomingMessage.prototype || name in ServerResponse.prototype
}

/** Names of its properties; none where there can be nothing but Node's own. */
export function namesOfRaw (raw: object): string[] {
  const own = Object.keys(raw)
  // Others come after Node's own, of which there are as many as ever.
  return own.length <= (counts.get(Object.getPrototypeOf(raw) as object | null) ?? 0) && names.has(own.at(-1)!) ? none : own
}

const none: string[] = []

/** An injected request keeps its own under one name, but for two that are as private. */
function isOfInject (raw: object, name: string): boolean {
  return 'isLightMyRequest' in raw && (name === 'isLightMyRequest' || name.startsWith('_'))
}

/** What Node adds as a request arrives is seen on one. HTTP/2 has no names that HTTP/1 has not. */
export async function learnOwnNames (): Promise<void> {
  await (learning ??= new Promise((resolve) => {
    const socket = new Duplex({ read () {}, write (_chunk, _encoding, done) { done() } })
    createServer((request, response) => {
      learnOwn(request, response)
      response.once('finish', () => {
        learnOwn(request, response)
        resolve()
      }).end()
    }).emit('connection', socket)
    socket.push('GET / HTTP/1.0\r\n\r\n')
  }))
}

let learning: Promise<void> | undefined

/** Of objects that nobody has put anything on yet. */
export function learnOwn (...objects: object[]): void {
  for (const object of objects) {
    const own = Object.keys(object)
    counts.set(Object.getPrototypeOf(object) as object, own.length)
    for (const name of own) names.add(name)
  }
}
