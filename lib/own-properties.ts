/** What Fastify itself keeps on a request and a reply; the rest is what hooks and handlers have put there. */
export const ownOfRequest: ReadonlySet<string> = new Set(['id', 'params', 'raw', 'query', 'log', 'body', 'additionalHeaders'])
export const ownOfReply: ReadonlySet<string> = new Set(['raw', 'request', 'log'])

/** What has been put on a request or a reply, getters left out: what could not cross is one. */
export function readProperties (object: object, own: ReadonlySet<string>): Record<string, unknown> {
  const properties: Record<string, unknown> = {}
  for (const name of Object.keys(object)) {
    if (own.has(name)) continue
    const { get, value } = Object.getOwnPropertyDescriptor(object, name)!
    if (get === undefined) properties[name] = value
  }
  return properties
}
