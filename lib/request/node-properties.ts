import { Duplex } from 'node:stream'
import { createServer, IncomingMessage, ServerResponse } from '../node-http.js'
import { PropertyFilter } from './fastify-properties.js'

/*
 * Tells the properties that Node itself keeps on a raw request and a raw response, which stay on their side,
 * from those that middleware and hooks have added.
 */

const request = new IncomingMessage(null as never)
const names = new Set([...Object.keys(request), ...Object.keys(new ServerResponse(request))])

/** Names of the prototype are own too: an overriding method is meant for this very object. */
export const namesOfRaw = new PropertyFilter((raw, name) =>
  names.has(name) || name in (Object.getPrototypeOf(raw) as object) || isNodeMember(name) ||
  isInjectProperty(raw, name))

/** Whether Node's HTTP/1 classes have the member. An injected request has such members as own properties. */
export function isNodeMember (name: string): boolean {
  return name in IncomingMessage.prototype || name in ServerResponse.prototype
}

/**
 * Whether light-my-request keeps the property on an injected request: its own name, or a private one with
 * `_`.
 */
function isInjectProperty (raw: object, name: string): boolean {
  return 'isLightMyRequest' in raw && (name === 'isLightMyRequest' || name.startsWith('_'))
}

/**
 * Adds the names that Node sets while it serves a request, read from one over an in-memory connection. HTTP/1
 * is enough: HTTP/2 has no further names.
 */
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

/** Adds the names of objects that have nothing but Node's own properties yet. */
export function learnNames (...objects: object[]): void {
  for (const object of objects) for (const name of Object.keys(object)) names.add(name)
}
