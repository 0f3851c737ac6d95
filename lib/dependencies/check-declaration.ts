import { inspect } from 'node:util'
import { InvalidOption } from '../errors.js'
import type { DependencyOptions } from '../options/schemas.cjs'

/* Checks what `dependency()` is given, beyond the schemas of its options. */

export function checkFunction (run: unknown, where: string): asserts run is (...args: unknown[]) => unknown {
  if (typeof run !== 'function') {
    throw new InvalidOption(where, 'a function must be given: dependency(async (request) => …). Got ' +
      `${inspect(run, { depth: 1 })}`)
  }
  if (Function.prototype.toString.call(run).startsWith('class')) {
    throw new InvalidOption(where, `a class cannot be called; give () => new ${run.name || 'Class'}()`)
  }
}

/** Checks options that do not go with each other. `where` names the dependency, for errors. */
export function checkOptions (where: string, options: DependencyOptions): void {
  const { schema, security, cache, lifetime, endsAt } = options
  if (lifetime === 'app' && cache === false) {
    throw new InvalidOption(
      `${where}: option cache`, 'false is not for lifetime "app", which is made once; leave it out'
    )
  }
  if (lifetime === 'app' && schema !== undefined) {
    throw new InvalidOption(
      `${where}: option schema`, 'lifetime "app" has no request to validate; leave it out'
    )
  }
  if (lifetime === 'app' && security !== undefined) {
    throw new InvalidOption(
      `${where}: option security`, 'lifetime "app" has no request to secure; leave it out'
    )
  }
  if (lifetime === 'app' && endsAt !== undefined) {
    throw new InvalidOption(`${where}: option endsAt`, 'lifetime "app" ends with the app; leave it out')
  }
  checkHook(where, options)
}

function checkHook (
  where: string, { hook, lifetime, blocking, schema }: DependencyOptions
): void {
  const refuse = (option: string, why: string): never => {
    throw new InvalidOption(`${where}: option ${option}`, why)
  }
  if (lifetime === 'app' && hook !== undefined) refuse('hook', 'lifetime "app" has no request; leave it out')
  if (hook === undefined || hook === 'handler') return
  if (blocking === true) {
    refuse('blocking', `hook "${hook}" is on the loop, since a visit to a worker begins after validation; ` +
      'leave it out, or call a function of fastify.blocking.offload()')
  }
  if (schema !== undefined) {
    refuse('schema', `nothing is validated yet in hook "${hook}"; leave it out, or give it to a dependency ` +
      'of hook "handler"')
  }
}
