import type { Session } from '../../executor.js'
import { isPoolable } from '../../wire/buffer-pool.js'
import { isUnpatchedResponse } from './unpatched-response.js'

/** Once an answer has left, its memory goes back to the worker: only where it is sure that nobody else has seen it, so not where a hook might. */
export function returnBuffer (payload: unknown, raw: object, session: Session): void {
  if (!(payload instanceof Uint8Array) || !isPoolable(payload.buffer) || !isUnpatchedResponse(raw)) return
  const memory = payload.buffer as ArrayBuffer
  // What libuv is at is not finished.
  if (raw.writableFinished) session.recycle(memory)
  else raw.once('finish', () => session.recycle(memory))
}
