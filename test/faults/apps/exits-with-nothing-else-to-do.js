// A script that nothing keeps alive but its requests: neither a socket nor a time limit. Node ended, unless the thread's exit was quick, in one of forty.
import { build } from '../../fixtures/behaviours.js'

const app = await build({
  plugin: { pool: { minThreads: 1, maxThreads: 1 } },
  routes: { '/exit': { does: 'exit', blocking: { timeout: 0 } } }
})
await app.ready()
for (let times = 0; times < 5; times++) console.log((await app.inject('/exit')).json().code)
await app.close()
