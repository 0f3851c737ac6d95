import { create } from '../../lifecycle/apps/create.js'

function revoked () {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}

const trap = (name) => () => new Proxy({ a: 1 }, { [name] () { throw new RangeError(`the trap ${name}`) } })

/** Values that throw when somebody looks at them. */
export const values = {
  'a revoked proxy': revoked,
  ...Object.fromEntries(['get', 'has', 'ownKeys', 'getPrototypeOf', 'getOwnPropertyDescriptor'].map((name) => [`a proxy with a trap for ${name}`, trap(name)])),
  'an object whose constructor throws': () => ({ f () {}, get constructor () { throw new Error('constructor') } }),
  'an Error whose constructor throws': () => Object.defineProperty(new Error('odd'), 'constructor', { get () { throw new Error('constructor') } }),
  'an AggregateError without errors': () => Object.assign(new AggregateError([], 'odd'), { errors: 5 }),
  'an Error behind a proxy that tells no names': () => new Proxy(new Error('odd'), { ownKeys () { throw new Error('ownKeys') } })
}

/** The request's properties are looked at in an onSend hook on the loop. */
export async function build ({ blocking }) {
  const app = await create(import.meta.url, { blocking }, {}, { pool: { minThreads: 1, maxThreads: 1, execArgv: [] } })
  app.addHook('onSend', async (request, reply) => {
    for (const name of ['custom', '__proto__', 'constructor']) {
      if (!Object.hasOwn(request, name)) continue
      reply.header(`x-${name.replaceAll('_', '')}`, look(() => request[name]))
    }
    reply.header('x-request', String(typeof request.headers))
  })
  const makers = Object.values(values)
  const put = (request, name, value) => Object.defineProperty(request, name, { value, enumerable: true, configurable: true, writable: true })
  app.get('/put/:number', { blocking }, (request) => {
    put(request, 'custom', makers[request.params.number]())
    return 'sent'
  })
  app.get('/named/:name/:number', { blocking }, (request) => {
    put(request, request.params.name, makers[request.params.number]())
    return 'sent'
  })
  app.get('/data/:name', { blocking }, (request) => {
    put(request, request.params.name, { data: true })
    return 'sent'
  })
  app.get('/getter', { blocking }, (request) => {
    Object.defineProperty(request, 'custom', { enumerable: true, get () { throw new Error('not for you') } })
    return 'sent'
  })
  app.get('/header/:number', { blocking }, (request, reply) => reply.header('x-odd', makers[request.params.number]()).send('sent'))
  app.get('/thrown/:number', { blocking }, (request) => { throw makers[request.params.number]() })
  app.get('/rejected/:number', { blocking }, async (request) => { throw makers[request.params.number]() })
  app.get('/stream/:number', { blocking }, (request) => (async function * () {
    yield * []
    throw makers[request.params.number]()
  })())
  const odd = app.blocking?.offload('odd', (number) => makers[number]())
  const oddly = app.blocking?.offload('oddly', (number) => { throw makers[number]() })
  app.get('/call/:number', async (request) => await odd(Number(request.params.number)))
  app.get('/throwing/:number', async (request) => await oddly(Number(request.params.number)))
  return app
}

function look (read) {
  try {
    return JSON.stringify(read())
  } catch (error) {
    return `throws ${error.code}`
  }
}
