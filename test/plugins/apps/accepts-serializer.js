export const plugin = '@fastify/accepts-serializer'
export const uses = 'serializers of the app, of a route, and of a hook after its own, a default'

// Not by a name that TypeScript follows: the types of it would have every route of the tests set `config.serializers`.
const { default: acceptsSerializer } = await import(plugin)

const yaml = { regex: /^application\/yaml$/, serializer: (body) => `n: ${body.n}` }
const csv = { regex: /^text\/csv$/, serializer: (body) => `n,${body.n},${body.call?.() ?? 'none'}` }

export default async function (app) {
  await app.register(acceptsSerializer, { serializers: [yaml, csv], default: 'application/yaml' })
  app.get('/', () => ({ n: 1 }))
  // What cannot be cloned: it is serialized where it is.
  app.get('/call', () => ({ n: 2, call: () => 'called' }))
  app.get('/text', () => 'text')
  app.get('/route', { config: { serializers: [{ regex: /^application\/x-own$/, serializer: (body) => `own ${body.n}` }] } }, () => ({ n: 3 }))
  app.get('/hook', { preHandler: async (_request, reply) => { reply.serializer((body) => `hook ${body.n}`) } }, () => ({ n: 4 }))
  app.get('/error', () => { throw Object.assign(new Error('thrown'), { statusCode: 418 }) })
}

export const requests = [
  { path: '/', headers: { accept: 'application/yaml' }, status: 200 },
  { path: '/', headers: { accept: 'text/csv, application/yaml;q=0.5' }, status: 200 },
  { path: '/', headers: { accept: 'application/json' }, status: 200 },
  { path: '/', headers: { accept: 'image/png' }, status: 200 },
  { path: '/call', headers: { accept: 'text/csv' }, status: 200 },
  { path: '/text', headers: { accept: 'text/csv' }, status: 200 },
  { path: '/route', headers: { accept: 'application/x-own' }, status: 200 },
  { path: '/route', headers: { accept: 'application/yaml' }, status: 200 },
  { path: '/hook', headers: { accept: 'application/yaml' }, status: 200 },
  { path: '/error', headers: { accept: 'application/yaml' }, status: 418 }
]
