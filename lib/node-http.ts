/*
 * Exports of node:http. An import statement reads all exports of a module of Node. On Node 24 some of the
 * exports of node:http load undici when they are read, which takes 20 ms and 1.2 MB in each thread.
 */

export const {
  createServer, IncomingMessage, OutgoingMessage, ServerResponse, STATUS_CODES, validateHeaderName,
  validateHeaderValue
} = process.getBuiltinModule('node:http')
