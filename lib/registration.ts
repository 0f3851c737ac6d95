import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import { AppNotFound, InvalidOption } from './errors.js'
import type { AppOption } from './options/schemas.cjs'
import type { Settings } from './options/settings.js'
import { isCloneable, locateInstance, locateUncloneable, type Omitted } from './wire/cloneable.js'
import { pinoMembers } from './wire/log-value.js'
import { currentWorkerData, type LogLevels, type WorkerData } from './wire/worker-data.js'

/**
 * Identity of a registration: its module, how workers build it, and which of its registrations. Same on both
 * sides.
 */
export type Registration = Omit<
WorkerData,
'server' | 'workerHooks' | 'log' | 'heap' | 'errorClasses' | 'niceIncrement' | 'mainFile' | 'usesTsNode' |
'isTraced'
>

const counts = new WeakMap<object, Map<string, number>>()

export function identify (fastify: FastifyInstance, { app, name }: Settings): Registration {
  const { prefix } = fastify
  const named = typeof app === 'string' || app instanceof URL ? { module: app } : app
  const folder = currentWorkerData?.folder ?? process.cwd()
  const module = toHref(named.module, folder)
  const given = 'options' in named ? named.options ?? {} : {}
  // In a worker they have crossed.
  const lost = currentWorkerData === undefined ? locateLost(given) : undefined
  if (lost !== undefined) {
    const [path, what] = lost
    throw new InvalidOption(
      `option app.options${path}`,
      `it must be plain data, since it crosses to the worker, and is ${what}; leave it out there, and let ` +
      'the factory or the plugin make it'
    )
  }
  const options = { ...given }
  const form = formOf(named)
  const exportName = 'factory' in named ? named.factory : 'plugin' in named ? named.plugin : 'default'
  const root = 'root' in named && named.root === true
  const ordinal = countOf(
    fastify, name === undefined ? `${form} ${exportName} ${module} ${prefix}` : `name ${name}`
  )
  if (name !== undefined && ordinal > 0) {
    throw new InvalidOption(
      'option name', `this server has a registration named ${name} already; give each another name`
    )
  }
  return { module, folder, form, exportName, options, prefix, ordinal, name, root }
}

/** Finds what of the options would not cross, or would lose its class. */
function locateLost (options: object): Omitted | undefined {
  return isCloneable(options) ? locateInstance(options) : locateUncloneable(options)
}

function formOf (named: Exclude<AppOption, string | URL> | object): WorkerData['form'] {
  if ('factory' in named) return 'factory'
  return 'plugin' in named ? 'plugin' : 'auto'
}

function toHref (module: string | URL, folder: string): string {
  const url = module instanceof URL || module.startsWith('file:')
    ? new URL(module)
    : pathToFileURL(resolve(folder, module))
  if (url.protocol !== 'file:' || !existsSync(fileURLToPath(url))) throw new AppNotFound(url.href)
  return url.href
}

/**
 * Counts the earlier registrations of that name on the server. All contexts of an app share its http
 * `server`.
 */
function countOf ({ server }: FastifyInstance, name: string): number {
  const ofServer = counts.get(server) ?? new Map<string, number>()
  counts.set(server, ofServer)
  const count = ofServer.get(name) ?? 0
  ofServer.set(name, count + 1)
  return count
}

/**
 * Reads the server options with which workers route and parse as the main thread does, for a plugin built
 * alone.
 */
export function readServerOptions ({ initialConfig, log }: FastifyInstance): Record<string, unknown> {
  // Fastify's types lack these two properties.
  const config: FastifyInstance['initialConfig'] & {
    exposeHeadRoutes?: boolean, handlerTimeout?: number
  } = initialConfig
  const {
    bodyLimit, requestIdHeader, exposeHeadRoutes, onProtoPoisoning, onConstructorPoisoning, pluginTimeout,
    handlerTimeout
  } = config
  const {
    caseSensitive, ignoreTrailingSlash, ignoreDuplicateSlashes, maxParamLength, useSemicolonDelimiter,
    allowUnsafeRegex
  } = {
    ...config, ...config.routerOptions
  }
  const options = {
    bodyLimit,
    requestIdHeader,
    exposeHeadRoutes,
    onProtoPoisoning,
    onConstructorPoisoning,
    pluginTimeout,
    routerOptions: dropUndefined({
      caseSensitive,
      ignoreTrailingSlash,
      ignoreDuplicateSlashes,
      maxParamLength,
      useSemicolonDelimiter,
      allowUnsafeRegex
    }),
    handlerTimeout: handlerTimeout || undefined,
    // Sets the protocol of `listeningOrigin`, for which no certificate is needed.
    https: initialConfig.https === undefined || initialConfig.https === false ? undefined : {},
    // Tells only that there is a logger, and its level: it is replaced by loggers that write to the main
    // thread's, see worker/visit/log.ts.
    logger: log.level === undefined ? undefined : { level: log.level }
  }
  return dropUndefined(options)
}

/** Reads the levels of the main thread's logger: the worker does not send lines below its level. */
export function readLogLevels ({ log }: FastifyInstance): LogLevels {
  // Fastify's types lack pino's levels.
  const { level = 'silent', levels = { values: standardLevels }, version }: {
    level?: string, levels?: { values: Record<string, number> }, version?: string
  } = log
  const values = { ...levels.values }
  const enabled = readEnabled(log, values, level)
  return {
    level,
    values,
    lacks: pinoMembers.filter((name) => !(name in log)),
    ...(enabled && { enabled }),
    ...(version !== undefined && { version })
  }
}

/**
 * Reads which levels are enabled at each level, for a logger that does not compare levels as numbers (option
 * `levelComparison` of pino); undefined for any other.
 */
function readEnabled (
  log: FastifyBaseLogger & { isLevelEnabled?: (level: string) => boolean },
  values: Record<string, number>,
  level: string
): LogLevels['enabled'] {
  const names = Object.keys(values)
  const isUsual = (name: string): boolean => log.isLevelEnabled!(name) === (values[name]! >= values[level]!)
  if (typeof log.isLevelEnabled !== 'function' || level === 'silent' || names.every(isUsual)) return undefined
  return Object.fromEntries([...names, 'silent'].map((level) => {
    const child: typeof log = log.child({}, { level })
    return [level, names.filter((name) => child.isLevelEnabled?.(name))]
  }))
}

// The levels that Fastify demands of a logger.
const standardLevels = { trace: 10, debug: 20, info: 30, warn: 40, error: 50, fatal: 60 }

function dropUndefined (options: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
}
