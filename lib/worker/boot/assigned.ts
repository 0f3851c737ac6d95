import type { FastifyInstance } from 'fastify'
import type { Carriers } from '../../context/carriers.js'
import type { Functions } from '../../functions/declare.js'
import type { Settings } from '../../options/settings.js'
import { identify } from '../../registration.js'
import { currentWorkerData, type RouteSurroundings } from '../../wire/worker-data.js'

/** The registration that this worker serves. */
export interface AssignedRegistration {
  fastify: FastifyInstance
  /** See BootReport. */
  routes: Record<string, string>
  /** See BootReport. */
  schemas?: Record<string, string>
  /** See BootReport. */
  overrides: string[]
  functions: Functions
  surroundings: RouteSurroundings
  /** See SharedParts. */
  declared: () => string[]
  /** Time limit of a call in ms, unless its function has a limit of its own. */
  timeout: number
  carriers: Carriers
}

let assigned: AssignedRegistration | undefined
let resolveAssigned: (registration: AssignedRegistration) => void
const assignment = new Promise<AssignedRegistration>((resolve) => { resolveAssigned = resolve })

export function whenAssigned (): Promise<AssignedRegistration> {
  return assignment
}

export function assign (registration: AssignedRegistration): void {
  assigned = registration
  resolveAssigned(registration)
}

export function findAssigned (): AssignedRegistration | undefined {
  return assigned
}

/** Whether this worker serves the registration. */
export function isAssignedTo (fastify: FastifyInstance, settings: Settings): boolean {
  if (currentWorkerData === undefined) return false
  const { module, form, exportName, prefix, ordinal, name } = identify(fastify, settings)
  if (name !== undefined || currentWorkerData.name !== undefined) return name === currentWorkerData.name
  return module === currentWorkerData.module && form === currentWorkerData.form &&
    exportName === currentWorkerData.exportName && prefix === currentWorkerData.prefix &&
    (ordinal === currentWorkerData.ordinal || isAlone(fastify))
}

/**
 * Servers of apps that consist of the plugin alone. Such a plugin counts as the first registration of its
 * kind, whichever ordinal it has on the main thread.
 */
const alone = new WeakSet<object>()

export function markAlone (fastify: FastifyInstance): void {
  alone.add(fastify.server)
}

export function isAlone (fastify: FastifyInstance): boolean {
  return alone.has(fastify.server)
}
