/** The most bytes of a stream on their way: sent by one side, and not yet passed on by the other. */
export const streamWindow = 2_097_152

/** The most bytes of chunks collected for one message. */
export const batchSize = 65_536

/** Whether Fastify would send the payload as a stream. */
export function isStream (payload: unknown): payload is object {
  return typeof payload === 'object' && payload !== null &&
    (hasMethod(payload, 'pipe') || hasMethod(payload, 'getReader') || isWebResponse(payload))
}

/** Whether the payload is a Response of any implementation, by the same test as Fastify's. */
export function isWebResponse (payload: object): payload is Response {
  return Object.prototype.toString.call(payload) === '[object Response]'
}

export function hasMethod (object: object, method: string | symbol): boolean {
  return typeof Reflect.get(object, method) === 'function'
}
