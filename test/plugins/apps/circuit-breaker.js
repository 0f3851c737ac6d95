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

const ask = (query, status, ...differs) => (_answers, by) => ({ path: `/${by}${query}`, status, differs })

// The hook that opens the circuit fails on the loop after the handler has failed in the worker.
export const differs = 'an `onSend` hook that fails after a handler has failed: the log has that error too'

export const requests = [ask('', 200), ask('?fail=1', 500), ask('?fail=1', 503, 'lines', 'counts'), ask('', 503)]
