import metrics from 'fastify-metrics'

export const plugin = 'fastify-metrics'
export const uses = 'metrics of its routes, served on the loop; `fastify.metrics.client`'

export default async function (app) {
  await app.register(metrics.default ?? metrics, { endpoint: { url: '/metrics', blocking: false }, defaultMetrics: { enabled: false }, clearRegisterOnInit: true, routeMetrics: { overrides: { histogram: { buckets: [1000] }, summary: { percentiles: [0.5] } } } })
  const { Counter, Registry } = app.metrics.client
  // What a handler counts is its thread's.
  const register = new Registry()
  const counter = new Counter({ name: 'own', help: 'calls', registers: [register] })
  app.get('/count', async () => {
    counter.inc()
    return await register.metrics()
  })
}

export const requests = [
  { path: '/count', status: 200 },
  { path: '/count', status: 200 },
  { path: '/metrics', isLoops: true, status: 200 }
]
export const random = { seconds: /(?<=status_code=\\"200\\"\} )\d+\.[\d.e-]+/g, length: /(?<=version=0.0.4; charset=utf-8","content-length":")\d+/g }
