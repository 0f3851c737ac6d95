import circuitBreaker from '@fastify/circuit-breaker'

export const plugin = '@fastify/circuit-breaker'
export const uses = 'a handler behind `fastify.circuitBreaker`, which fails until the circuit opens'

export default async function (app) {
  await app.register(circuitBreaker, { threshold: 2, timeout: 10_000, resetTimeout: 60_000 })
  for (const by of ['socket', 'inject']) {
    app.get(`/${by}`, { preHandler: app.circuitBreaker() }, (request) => {
      if (request.query.fail) throw new Error('failed')
      return 'fine'
    })
  }
}

const ask = (query, status) => (_answers, by) => ({ path: `/${by}${query}`, status })

export const requests = [ask('', 200), ask('?fail=1', 500), ask('?fail=1', 503), ask('', 503)]
