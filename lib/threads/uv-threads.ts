import { access } from 'node:fs'

/**
 * By how much the priority of workers is lowered unless the user says: what they compute waits for the loop, and not the loop for them. Linux has
 * a priority for each thread. On macOS it is that of the process; on Windows the lower one may get nothing while others compute.
 */
export const niceIncrement = process.platform === 'linux' ? 5 : 0

/** libuv makes its threads for whoever asks first, with the priority of that: from a worker all of the process would have them. */
export function makeUvThreads (): void {
  access('.', () => {})
}
