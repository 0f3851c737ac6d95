import { create } from './create.js'

/** What hooks before the handler do to the request and the reply. */
export const hooks = {
  nothing: () => {},
  'delete what was declared': (request, reply) => {
    delete request.token
    delete reply.token
  },
  'put something there': (request, reply) => {
    request.token = 'secret'
    reply.token = 'secret'
    request.undeclared = { by: 'hook' }
  },
  'replace query, params, body and headers': (request) => {
    request.query = { replaced: 'query' }
    request.params = { replaced: 'params' }
    request.body = { replaced: 'body' }
    request.headers = { 'x-replaced': 'headers' }
  },
  'change query, params, body and headers in place': (request) => {
    request.query.changed = 'query'
    request.params.changed = 'params'
    if (request.body) request.body.changed = { deep: 'body' }
    request.headers['x-changed'] = 'headers'
    delete request.headers['x-sent']
  },
  'delete query and params': (request) => {
    delete request.query
    delete request.params
  },
  'replace the id': (request) => { request.id = 'of a hook' }
}

/** What the handler does to them. */
export const handlers = {
  nothing: () => {},
  'deletes what was put there': (request, reply) => {
    delete request.token
    delete reply.token
    delete request.undeclared
    delete request.instance
  },
  'deletes and sets again': (request) => {
    delete request.token
    request.token = 'again'
  },
  'replaces query, params, body and headers': (request) => {
    request.query = { own: 1 }
    request.params = null
    request.body = ['own', new Date(0)]
    request.headers = { 'x-own': 'own' }
  },
  'changes query, params, body and headers in place': (request) => {
    if (request.query) request.query.own = { deep: 1 }
    if (request.params) delete request.params.id
    if (request.body) request.body.own = new Map([[1, 2]])
    request.headers['x-own'] = 'own'
    delete request.headers['x-sent']
  },
  'changes raw headers in place': (request) => {
    request.raw.headers['x-own'] = 'own'
    delete request.raw.headers['x-sent']
  },
  'deletes query, params and body': (request) => {
    delete request.query
    delete request.params
    delete request.body
  },
  'replaces the id': (request) => { request.id = 'of the handler' },
  'rewrites URL and method': (request) => {
    request.raw.url = '/rewritten?by=handler'
    request.raw.method = 'PUT'
  }
}

const stringify = (_key, value) => value instanceof Map ? { map: [...value] } : value instanceof Date ? { date: value.getTime() } : value

function tell (request, reply) {
  const { id, url, method, query, params, body, headers, raw } = request
  const { host, 'x-sent': sent, 'x-own': own, 'x-changed': changed, 'x-replaced': replaced } = headers
  return JSON.stringify({
    id,
    url,
    method,
    query,
    params,
    body,
    headers: { host, sent, own, changed, replaced },
    raw: { own: raw.headers['x-own'], sent: raw.headers['x-sent'] },
    has: ['token', 'undeclared', 'query', 'params', 'body', 'instance'].filter((name) => name in request),
    hasReply: 'token' in reply,
    values: [request.token, reply.token, request.undeclared]
  }, stringify)
}

export async function build ({ blocking }) {
  const app = await create(import.meta.url, { blocking })
  app.decorateRequest('token', null)
  app.decorateReply('token', null)
  for (const [index, hook] of Object.values(hooks).entries()) {
    app.register(async (child) => {
      child.addHook('preHandler', async (request, reply) => hook(request, reply))
      child.addHook('onSend', async (request, reply, payload) => `${payload}\n${tell(request, reply)}`)
      for (const [number, change] of Object.values(handlers).entries()) {
        const handler = (request, reply) => {
          const found = tell(request, reply)
          change(request, reply)
          return found
        }
        child.get(`/${number}/:id`, { blocking }, handler)
        child.post(`/${number}/:id`, { blocking }, handler)
      }
    }, { prefix: `/${index}` })
  }
  app.get('/serialized', {
    blocking,
    preSerialization: async (request, _reply, payload) => {
      request.query = { by: 'preSerialization' }
      return payload
    },
    onSend: async (request, reply) => { reply.header('x-query', JSON.stringify(request.query)) }
  }, () => ({}))
  app.get('/uncloneable', { blocking, onSend: async (request, reply, payload) => payload + JSON.stringify(request.query) }, (request) => {
    request.query = () => {}
    return 'text'
  })
  app.get('/responded', { blocking }, (request) => {
    request.query = { own: 1 }
    return 'text'
  })
  const told = []
  app.get('/told', async () => told)
  app.addHook('onResponse', async (request) => { if (request.routeOptions.url === '/responded') told.push(request.query) })
  return app
}
