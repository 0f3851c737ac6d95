import { InvalidOption } from '../errors.js'
import type { RemoteRegistration } from '../remote.js'
import { digestOf, identifyApp, readOwnVersion } from './app-identity.js'
import { encode, type Manifest } from './protocol.js'

/**
 * Describes a registration for worker hosts. `app`: its name, see identifyApp(); `facts`: see
 * Executor.appBuilt(). Throws FST_BLOCKING_INVALID_OPTION.
 */
export function createManifest (
  { workerData, version, settings }: RemoteRegistration, app: string | undefined, facts: readonly string[]
): Manifest {
  const identity = identifyApp(workerData.module, { app, version })
  const ownVersion = readOwnVersion()
  // Paths differ from machine to machine, and not every server has a tracer provider.
  const { module, folder, mainFile, isTraced, ...others } = workerData
  return {
    type: 'manifest',
    digest: digestOf(encodeFacts([identity, ownVersion, others, settings, facts])),
    app: identity.name,
    version: identity.version,
    package: ownVersion,
    workerData,
    settings
  }
}

function encodeFacts (facts: unknown): Uint8Array {
  try {
    return encode(facts)
  } catch (error) {
    throw Object.assign(new InvalidOption(
      'option app.options', 'with option remote it leaves the machine: no shared memory, no ports'
    ), { cause: error })
  }
}
