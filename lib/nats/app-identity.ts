import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { basename, dirname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

/** By which servers and hosts know that they have the same app. */
export interface AppIdentity {
  name: string
  version: string
}

/**
 * Identifies an app by its module: the name of the package, and the path of the module in it; the version is
 * that of the package. `given` wins.
 */
export function identifyApp (
  module: string, given: { app?: string | undefined, version?: string | undefined }
): AppIdentity {
  const file = fileURLToPath(module)
  const found = findPackage(dirname(file))
  const path = found === undefined ? basename(file) : relative(found.folder, file).split(sep).join('/')
  return {
    name: given.app ?? (found === undefined ? path : `${found.name}/${path}`),
    version: given.version ?? found?.version ?? '0.0.0'
  }
}

/** Version of this package. */
export function readOwnVersion (): string {
  return findPackage(dirname(fileURLToPath(import.meta.url)))!.version
}

/** A digest that may be part of a subject. */
export function digestOf (facts: Uint8Array): string {
  return createHash('sha256').update(facts).digest('base64url').slice(0, 22)
}

function findPackage (folder: string): { name: string, version: string, folder: string } | undefined {
  const file = join(folder, 'package.json')
  if (existsSync(file)) {
    const { name = basename(folder), version = '0.0.0' } =
      JSON.parse(readFileSync(file, 'utf8')) as { name?: string, version?: string }
    return { name, version, folder }
  }
  const parent = dirname(folder)
  return parent === folder ? undefined : findPackage(parent)
}
