import type { FastifyInstance, FastifyRequest } from 'fastify'
import { InvalidOption, OverrideInWorker } from '../errors.js'
import { isWorker } from '../wire/worker-data.js'
import type { ContextDependencyRegistry } from './context-dependencies.js'
import type { Dependency } from './dependency.js'

/**
 * Decorates the context of the registration and those below with `addDependencies`, `request.dependencies`,
 * and the functions of overrides.
 */
export function decorateDependencies (fastify: FastifyInstance, contexts: ContextDependencyRegistry): void {
  const { overrides } = contexts
  fastify.decorate('addDependencies', function addDependencies (
    this: FastifyInstance, dependencies: Readonly<Record<string, Dependency>>
  ) {
    contexts.add(this, dependencies)
    return this
  })
  fastify.decorate('overrideDependency', function overrideDependency (
    this: FastifyInstance, real: Dependency, fake: Dependency
  ) {
    overrides.add(real, fake)
    return this
  })
  fastify.decorate('declareOverride', function declareOverride (
    this: FastifyInstance, name: string, real: Dependency, fake: Dependency
  ) {
    overrides.declare(name, real, fake)
    return this
  })
  const useOverride = (name: string): Disposable => {
    if (isWorker) throw new OverrideInWorker()
    return overrides.use(name)
  }
  fastify.decorate('useOverride', useOverride)
  fastify.decorate('withOverride', async function withOverride<Result> (name: string, run: () => Result) {
    if (typeof run !== 'function') {
      throw new InvalidOption('withOverride', 'its second argument is the function that needs the override')
    }
    const override = useOverride(name)
    try {
      return await run()
    } finally {
      override[Symbol.dispose]()
    }
  })
  if (!fastify.hasRequestDecorator('dependencies')) {
    fastify.decorateRequest('dependencies', { getter (this: Provided) { return this[provided] ?? none } })
  }
}

// The value is kept under a symbol, behind a getter: a decorated value would be an own property of every
// request of the app. The symbol is that of all copies of this package: a worker may have two, of which one
// decorates the request, and the other one sets the value, see worker/side.ts.
const provided = Symbol.for('fastify-blocking.dependencies')
const none: Readonly<Record<string, unknown>> = Object.freeze({})

type Provided = FastifyRequest & { [provided]?: Record<string, unknown> }

/** Sets `request.dependencies`. */
export function provide (request: Provided, dependencies: Record<string, unknown>): void {
  request[provided] = dependencies
}
