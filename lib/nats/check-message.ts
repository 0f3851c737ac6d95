import nodeModule from 'node:module'
import { findOwnFile } from '../package-file.js'
import type { Checks } from './message-schemas.js'

let checks: Partial<Checks> | undefined

/** Returns true if there is no schema for messages of the type. */
export function fitsSchema (message: { type: string }): boolean {
  checks ??= load()
  return checks[message.type as keyof Checks]?.(message) ?? true
}

function load (): Checks {
  // scripts/compile-checks.js writes the file.
  const file = findOwnFile('nats/message-checks.cjs')
  return nodeModule.createRequire(file)(file) as Checks
}
