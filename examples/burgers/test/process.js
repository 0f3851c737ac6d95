import Fastify from 'fastify'
import dashboard from 'fastify-blocking/dashboard'
import burgers from '../app.js'

const app = Fastify({ pluginTimeout: 60_000 })
app.register(dashboard, { prefix: '/blocking' })
app.register(burgers, { prefix: '/burgers' })
process.send(await app.listen({ host: '127.0.0.1', port: 0 }))
process.once('SIGTERM', () => app.close().then(() => process.disconnect()))
