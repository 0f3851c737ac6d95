import { build } from './app.js'

const { HOST = '127.0.0.1', PORT = '3000' } = process.env

const app = await build()

// As process 1 of a container, Node.js ends at these only if it is told to.
for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => app.close())

await app.listen({ host: HOST, port: Number(PORT) })
