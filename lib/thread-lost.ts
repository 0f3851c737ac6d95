import { OutOfMemory, ThreadLost } from './errors.js'

/** Of a worker that is gone. */
export function explainLoss (route: string, cause: unknown): Error {
  if (!(cause instanceof Error)) return new ThreadLost(route, String(cause))
  const isMemory = 'code' in cause && cause.code === 'ERR_WORKER_OUT_OF_MEMORY'
  return new (isMemory ? OutOfMemory : ThreadLost)(route, cause.message)
}
