/** How many bytes of a stream may be on their way: what a worker has sent and the loop has not yet passed on. */
export const streamWindow = 2_097_152

/** The most that one message carries of it. */
export const batchSize = 65_536

/** Whether Fastify would send it piece by piece. */
export function isStream (payload: unknown): payload is object {
  return typeof payload === 'object' && payload !== null && (hasMethod(payload, 'pipe') || hasMethod(payload, 'getReader') || isWebResponse(payload))
}

/** Of any implementation, as Fastify has it. */
export function isWebResponse (payload: object): payload is Response {
  return Object.prototype.toString.call(payload) === '[object Response]'
}

export function hasMethod (object: object, method: string | symbol): boolean {
  return typeof Reflect.get(object, method) === 'function'
}
