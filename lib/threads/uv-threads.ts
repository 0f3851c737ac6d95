import { access } from 'node:fs'

/** libuv makes its threads for whoever asks first, with the priority of that: from a worker all of the process would have them. */
export function startUvThreads (): void {
  access('.', () => {})
}
