import { createServer, IncomingMessage, ServerResponse } from 'node:http'
import { Duplex } from 'node:stream'
import { PropertyFilter } from './fastify-properties.js'

/*
 * What on a raw request and a raw response stays on its side: what Node itself keeps there. The rest is what middleware and hooks
 * have put there.
 */

const request = new IncomingMessage(null as never)
const names = new Set([...Object.keys(request), ...Object.keys(new ServerResponse(request))])

/** With what a prototype has: whoever puts another method there means that very object. */
export const namesOfRaw = new PropertyFilter((raw, name) => names.has(name) || name in (Object.getPrototypeOf(raw) as object) || isNodeMember(name) || isInjectProperty(raw, name))

/** Of HTTP/1's, which an injected request has as properties. */
export function isNodeMember (name: string): boolean {
  return name in IncomingMessage.prototype || name in ServerResponse.prototype
}

/** An injected request keeps its own under one name, but for two that are as private. */
function isInjectProperty (raw: object, name: string): boolean {
  return 'isLightMyRequest' in raw && (name === 'isLightMyRequest' || name.startsWith('_'))
}

/** What Node adds as a request arrives is seen on one. HTTP/2 has no names that HTTP/1 has not. */
export async function learnNodeProperties (): Promise<void> {
  await (learning ??= new Promise((resolve) => {
    const socket = new Duplex({ read () {}, write (_chunk, _encoding, done) { done() } })
    createServer((request, response) => {
      learnNames(request, response)
      response.once('finish', () => {
        learnNames(request, response)
        resolve()
      }).end()
    }).emit('connection', socket)
    socket.push('GET / HTTP/1.0\r\n\r\n')
  }))
}

let learning: Promise<void> | undefined

/** Of objects that nobody has put anything on yet. */
export function learnNames (...objects: object[]): void {
  for (const object of objects) for (const name of Object.keys(object)) names.add(name)
}
