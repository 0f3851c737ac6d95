/** What Fastify itself keeps on a request and a reply; the rest is what hooks and handlers have put there. */
export const ownOfRequest: ReadonlySet<string> = new Set(['id', 'params', 'raw', 'query', 'log', 'body', 'additionalHeaders'])
export const ownOfReply: ReadonlySet<string> = new Set(['raw', 'request', 'log'])
