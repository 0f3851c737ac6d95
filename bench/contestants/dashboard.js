import { fork } from 'node:child_process'
import Fastify from 'fastify'
import blocking from 'fastify-blocking'
import dashboard from 'fastify-blocking/dashboard'
import { maxThreads } from '../limits.js'

export const app = Fastify()

await app.register(blocking, { app: import.meta.url, pool: { maxThreads } })
await app.register(dashboard, { prefix: '/blocking' })

app.get('/noop', { blocking: true }, () => ({ hello: 'world' }))

if (!app.blocking.isWorker) {
  let viewers
  app.addHook('onListen', async () => {
    viewers = fork(new URL('../viewers.js', import.meta.url), [app.listeningOrigin])
  })
  app.addHook('preClose', async () => { viewers?.disconnect() })
}
