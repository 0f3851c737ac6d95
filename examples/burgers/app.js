import blocking from 'fastify-blocking'
import { addKitchens } from './kitchens.js'
import { addPage } from './page-files.js'
import { addRuns } from './run-routes.js'
import { Runs } from './runs.js'
import { limits } from './schemas.js'

/**
 * A page on which the same orders go to a loop that waits, to a loop that computes, and to worker threads.
 * @param {import('fastify').FastifyInstance} app
 */
export default async function burgers (app) {
  await app.register(blocking, {
    app: import.meta.url,
    name: 'burgers',
    // All cooks are there from the beginning: a run is not to measure how they boot.
    pool: { minThreads: limits.cooks.maximum, maxThreads: limits.cooks.maximum },
    // With one cook the last of many customers waits for long.
    queue: { timeout: 60_000 },
    advice: true
  })

  const runs = new Runs()
  // Cooks in worker threads tell the loop what they do, and the cook on the loop does the same.
  addKitchens(app, app.blocking.onLoop('tell', (step) => runs.noteStep(step)))

  // Workers have no page and no customers.
  if (app.blocking.isWorker) return
  addRuns(app, runs)
  addPage(app)
}
