import type { FastifyInstance } from 'fastify'
import type { Test } from 'tap'

/** URL of the app of these tests. */
export const module = new URL('fixtures/app.js', import.meta.url).href

const { build } = await import(module) as { build: (options: object) => Promise<FastifyInstance> }

/** `options`: see the app. `prepare` adds what the hosts have not. */
export async function startServer (
  t: Test, options: object, prepare = async (_app: FastifyInstance): Promise<void> => {}
): Promise<FastifyInstance> {
  const app = await build(options)
  t.teardown(() => app.close())
  await prepare(app)
  await app.ready()
  return app
}
