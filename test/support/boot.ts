import Fastify, { type FastifyInstance } from 'fastify'
import blocking, { type BlockingOptions } from 'fastify-blocking'
import { fixturesOf } from './fixtures.js'

const fixture = fixturesOf(new URL('../boot/', import.meta.url).href)

/** Without tap's loaders, which would take most of the time. */
export const pool = { maxThreads: 1, execArgv: [], env: {} }

export interface BootError extends Error {
  code: string
  cause: Error & { code?: string }
}

/** An app whose workers build another one: a fixture of test/boot. */
export async function registerFixture (name: string, options: Partial<BlockingOptions> = {}): Promise<FastifyInstance> {
  const app = Fastify({ pluginTimeout: 100_000 })
  await app.register(blocking, { app: fixture(name), pool, ...options })
  return app
}

/** The error with which `ready()` rejects. */
export async function bootError (app: FastifyInstance): Promise<BootError> {
  try {
    await app.ready()
  } catch (error) {
    return error as BootError
  } finally {
    await app.close()
  }
  throw new Error('it has booted')
}
