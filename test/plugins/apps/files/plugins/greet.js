import fastifyPlugin from 'fastify-plugin'

export default fastifyPlugin(async (app) => {
  app.decorate('greet', (name) => `hello ${name}`)
  app.decorateRequest('greeted', '')
  app.addHook('preHandler', async (request) => { request.greeted = 'by a hook' })
})
