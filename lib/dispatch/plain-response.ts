import { ServerResponse } from 'node:http'

const { write, end } = ServerResponse.prototype

/** Whether it is Node's own, and nobody has put something before what bytes leave by: a compression would have its own time. */
export function isPlain (raw: object): raw is ServerResponse {
  return Object.getPrototypeOf(raw) === ServerResponse.prototype && (raw as ServerResponse).write === write && (raw as ServerResponse).end === end
}
