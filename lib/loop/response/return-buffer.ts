import type { Session } from '../../executor.js'
import { isPoolable } from '../../wire/buffer-pool.js'
import { isUnpatchedResponse } from './unpatched-response.js'

/**
 * Returns the buffer of an answer to the worker once the answer has left. Must be called only if no other
 * code can have seen the buffer, so not if a hook may have.
 */
export function returnBuffer (payload: unknown, raw: object, session: Session): void {
  if (!(payload instanceof Uint8Array) || !isPoolable(payload.buffer) || !isUnpatchedResponse(raw)) return
  const memory = payload.buffer as ArrayBuffer
  // The response is not finished while libuv is writing the buffer.
  if (raw.writableFinished) session.recycle(memory)
  else raw.once('finish', () => session.recycle(memory))
}
