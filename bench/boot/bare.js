// A process with as many threads as argv says, each of which has an empty Fastify and nothing else.
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'

for (let count = Number(process.argv[2]); count > 0; count--) {
  const worker = new Worker('require("fastify")().ready().then(() => require("node:worker_threads").parentPort.on("message", () => {}).postMessage(0))', { eval: true })
  await once(worker, 'message')
}
process.on('message', () => setTimeout(() => process.send(process.memoryUsage.rss()), 10_000))
process.send('ready')
