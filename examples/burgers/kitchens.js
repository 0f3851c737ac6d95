import { setTimeout } from 'node:timers/promises'
import { threadId } from 'node:worker_threads'
import { cook, now } from './cook.js'
import { limits, menu, order, staff } from './schemas.js'

/**
 * The same orders in three kitchens, and the menu, for which nobody has to cook.
 * @param {import('fastify').FastifyInstance} app
 * @param {(step: { key: string, order: number, step: string, thread: number, at: number }) => unknown} tell
 */
export function addKitchens (app, tell) {
  app.get('/menu', { schema: menu }, async () => ({ burgers: ['burger', 'cheeseburger'] }))

  // An oven bakes, as a database or another service would: the loop waits for all of the time.
  app.post('/kitchens/waiting', { schema: order }, async ({ body: { key, order, waiting, cooking } }) => {
    const began = await begin(key, order)
    await setTimeout(waiting + cooking)
    const ended = now()
    return { order, thread: threadId, began, cookedFrom: ended, ended }
  })

  app.post('/kitchens/computing', { schema: order }, prepare)

  // A kitchen with two cooks is a route of which two requests may run at once.
  for (let cooks = limits.cooks.minimum; cooks <= limits.cooks.maximum; cooks++) {
    app.post(`/kitchens/threads/${cooks}`, { schema: order, blocking: { concurrency: cooks } }, prepare)
  }

  // Makes threads boot before a run, on a route of its own: the numbers of the kitchens are those of orders.
  app.get('/staff', { schema: staff, blocking: true }, async () => {
    await setTimeout(10)
    return { thread: threadId }
  })

  /** Waits, and then computes, on whichever thread calls it. */
  async function prepare ({ body: { key, order, waiting, rounds } }) {
    const began = await begin(key, order)
    if (waiting > 0) await setTimeout(waiting)
    const cookedFrom = now()
    await tell({ key, order, step: 'cooking', thread: threadId, at: cookedFrom })
    cook(rounds)
    return { order, thread: threadId, began, cookedFrom, ended: now() }
  }

  async function begin (key, order) {
    const at = now()
    await tell({ key, order, step: 'begun', thread: threadId, at })
    return at
  }
}
