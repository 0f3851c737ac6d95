import closeWithGrace from 'close-with-grace'
import Fastify from 'fastify'
import dashboard from 'fastify-blocking/dashboard'
import burgers from '../app.js'

const app = Fastify({ pluginTimeout: 60_000 })
app.register(dashboard, { prefix: '/blocking' })
app.register(burgers, { prefix: '/burgers' })
process.send(await app.listen({ host: '127.0.0.1', port: 0 }))
closeWithGrace({ delay: 60_000 }, async () => {
  await app.close()
  process.disconnect()
})
