import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Bundled } from './errors.js'

/** The path of a file of this package which nothing imports. Throws FST_BLOCKING_BUNDLED. */
export function findOwnFile (name: string): string {
  // Bundled as CommonJS there is no URL.
  const path = import.meta.url === undefined ? name : fileURLToPath(new URL(name, import.meta.url))
  if (import.meta.url === undefined || !existsSync(path)) throw new Bundled(path)
  return path
}
