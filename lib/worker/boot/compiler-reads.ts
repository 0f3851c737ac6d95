import Fastify, { type FastifyInstance, type RouteOptions } from 'fastify'
import { createBare } from '../../bare-instance.js'
import { UnknownVersion } from '../../errors.js'
import { readCallers } from './call-sites.js'

/*
 * Fastify reads the compilers in a route's options several times for each path of the route, and compiles
 * with what it reads last. The reads before decide whether it sets up the compiler of the context, and
 * whether header names in a schema are lower-cased. How often it reads is learnt at boot, from instances that
 * are made for that.
 */

export const compilerNames = ['validatorCompiler', 'serializerCompiler'] as const
export type CompilerName = (typeof compilerNames)[number]

/** How often Fastify reads a compiler for one path: when the route is added, and when the app is ready. */
interface Reads {
  whenAdded: number
  whenReady: number
}

/** Undefined if Fastify reads otherwise than expected. */
let knownReads: Record<CompilerName, Reads> | undefined

/** The file of Fastify that reads them. */
let readingFile: string | undefined

/** A route's options as onRoute hooks get them. */
type AddedRoute = RouteOptions & { routePath?: string }

export type Getter = () => unknown

/** To be called before an instance of the app is made. */
export async function learnReads (): Promise<void> {
  const paths = 3
  const count = { validatorCompiler: 0, serializerCompiler: 0 }
  const adding = readBy((_route, name) => function countRead () {
    count[name]++
    readingFile = readCallers(countRead, 1)[0]
    return () => () => true // or Fastify would compile
  })
  await adding.after()
  const added = { ...count }
  await adding.ready()
  const learnt = (name: CompilerName): Reads => ({
    whenAdded: added[name] / paths, whenReady: (count[name] - added[name]) / paths
  })
  const reads = {
    validatorCompiler: learnt('validatorCompiler'), serializerCompiler: learnt('serializerCompiler')
  }
  const compiled: string[] = []
  const compile = (spec: unknown): (() => boolean) => {
    compiled.push(JSON.stringify(spec))
    return () => true
  }
  const bare = readBy((route, name) => {
    const isLast = watch(route, reads[name])
    return function read () { return isLast(read) ? compile : undefined }
  })
  await bare.ready()
  const isAsExpected = compiled.length === 2 * paths &&
    compiled.every((spec, index) => spec.includes(index % 2 === 0 ? '"x-name"' : '"httpStatus"'))
  if (isAsExpected) knownReads = reads
  else {
    const { message, code } = new UnknownVersion(
      'fastify', bare.version, 'the order of reads by which schemas are compiled late; workers boot slowly'
    )
    process.emitWarning(message, { code })
  }
}

/** Makes an instance with a route of one path and one of two, whose compilers `makeGetter` gives. */
function readBy (makeGetter: (route: AddedRoute, name: CompilerName) => Getter): FastifyInstance {
  const bare = createBare(() => Fastify({ exposeHeadRoutes: false }))
  bare.addHook('onRoute', (route) => {
    for (const name of compilerNames) Object.defineProperty(route, name, { get: makeGetter(route, name) })
  })
  const headers = { type: 'object', properties: { 'X-Name': { type: 'string' } } }
  const schema = { headers, response: { 200: { type: 'string' } } }
  bare.get('/', { schema }, () => '')
  bare.register(async (context) => { context.get('/', { schema }, () => '') }, { prefix: '/prefix' })
  return bare
}

/**
 * Returns a function to be called at each read of a compiler, with the getter. It returns whether Fastify
 * compiles with what it reads. Undefined if it is not known how Fastify reads.
 */
export function watchReads (
  route: RouteOptions, name: CompilerName
): ((getter: Getter) => boolean) | undefined {
  return knownReads && watch(route, knownReads[name])
}

/**
 * Fastify adds the route "/" of a context with a prefix twice, without the slash and with it, from the same
 * options, in which it changes `routePath`. Reads by others do not count.
 */
function watch (route: AddedRoute, { whenAdded, whenReady }: Reads): (getter: Getter) => boolean {
  let path = route.routePath
  let paths = 1
  let reads = 0
  return (getter) => {
    if (readCallers(getter, 1)[0] !== readingFile) return false
    if (route.routePath !== path) {
      path = route.routePath
      paths++
    }
    const sinceReady = ++reads - paths * whenAdded
    return sinceReady > 0 && sinceReady % whenReady === 0
  }
}
