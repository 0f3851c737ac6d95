import { access } from 'node:fs'

/**
 * libuv makes its threads for the first asynchronous operation, with the priority of the thread that asks.
 * Asked first by a worker, whose priority is lowered, the whole process would have slow ones.
 */
export function startUvThreads (): void {
  if (!areStarted) access('.', () => {})
  areStarted = true
}

let areStarted = false
