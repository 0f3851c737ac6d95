import env from '@fastify/env'

export const plugin = '@fastify/env'
export const uses = '`fastify.config`, `fastify.getEnvs`'

export default async function (app) {
  await app.register(env, {
    schema: { type: 'object', required: ['PORT'], properties: { PORT: { type: 'number', default: 3000 }, FIDELITY: { type: 'string', default: 'none' } } },
    data: { FIDELITY: 'from data' }
  })
  app.get('/', () => ({ config: app.config, envs: app.getEnvs() }))
}

export const requests = [{ path: '/', status: 200 }]
