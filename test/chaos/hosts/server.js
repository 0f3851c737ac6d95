// A server of the storm over worker hosts: tells its URL over IPC, and closes at SIGTERM.
import { build } from './app.js'

const app = await build()
const url = await app.listen({ host: '127.0.0.1', port: 0 })
process.once('SIGTERM', async () => {
  await app.close()
  process.exit(0)
})
process.send(url)
