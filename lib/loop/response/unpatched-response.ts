import { ServerResponse } from 'node:http'

const { write, end } = ServerResponse.prototype

/** Of Node's own the class has none. */
const isPatched = Object.hasOwn(ServerResponse.prototype, 'write') || Object.hasOwn(ServerResponse.prototype, 'end')

/** Whether it is Node's own, and nobody has put something before what bytes leave by: a compression, or an agent that looks at answers, would have its own time. */
export function isUnpatchedResponse (raw: object): raw is ServerResponse {
  return !isPatched && Object.getPrototypeOf(raw) === ServerResponse.prototype && (raw as ServerResponse).write === write && (raw as ServerResponse).end === end
}
