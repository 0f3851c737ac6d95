import blocking from 'fastify-blocking'
import { addKitchens } from './kitchens.js'
import { limits } from './schemas.js'

/**
 * A page on which the same orders go to a loop that waits, to a loop that computes, and to worker threads.
 * @param {import('fastify').FastifyInstance} app
 */
export default async function burgers (app) {
  await app.register(blocking, {
    app: import.meta.url,
    name: 'burgers',
    // One is there from the beginning. The others come when there are orders, and go a minute after them.
    pool: { maxThreads: limits.cooks.maximum },
    // With one cook the last of many customers waits for long.
    queue: { timeout: 60_000 },
    advice: true
  })

  // Workers have neither page nor customers, and need not load what these need.
  if (app.blocking.isWorker) addKitchens(app, app.blocking.onLoop('tell', () => {}))
  else {
    const { addPage } = await import('./page-files.js')
    const { addRuns } = await import('./run-routes.js')
    const { Runs } = await import('./runs.js')
    const runs = new Runs()
    // Cooks in worker threads tell the loop what they do, and the cook on the loop does the same.
    addKitchens(app, app.blocking.onLoop('tell', (step) => runs.noteStep(step)))
    addRuns(app, runs)
    addPage(app)
  }
}
