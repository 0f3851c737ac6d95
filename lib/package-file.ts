import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Bundled } from './errors.js'

/**
 * Returns the path of a file of this package that is loaded by path and not imported, so that a bundler
 * leaves it out. Throws FST_BLOCKING_BUNDLED if the file is not there.
 */
export function findOwnFile (name: string): string {
  // A bundle in CommonJS has no import.meta.url.
  const path = import.meta.url === undefined ? name : fileURLToPath(new URL(name, import.meta.url))
  if (import.meta.url === undefined || !existsSync(path)) throw new Bundled(path)
  return path
}
