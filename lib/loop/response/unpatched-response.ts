import { ServerResponse } from '../../node-http.js'

type Response = InstanceType<typeof ServerResponse>

const { write, end } = ServerResponse.prototype

/** Whether something has patched the class. Node's own ServerResponse inherits write() and end(). */
const isPatched =
  Object.hasOwn(ServerResponse.prototype, 'write') || Object.hasOwn(ServerResponse.prototype, 'end')

/**
 * Whether a response is Node's own, with Node's write() and end(). A compression, or an agent that reads
 * answers, replaces these methods and may use the bytes at a later time.
 */
export function isUnpatchedResponse (raw: object): raw is Response {
  return !isPatched && Object.getPrototypeOf(raw) === ServerResponse.prototype &&
    (raw as Response).write === write && (raw as Response).end === end
}
