import { diContainer, fastifyAwilixPlugin } from '@fastify/awilix'
import { asClass, asFunction, asValue, Lifetime } from 'awilix'

export const plugin = '@fastify/awilix'
export const uses = '`request.diScope`, `fastify.diContainer`, scoped instances with a disposer'

class Greeter {
  constructor ({ who }) { this.who = who }
  greet () { return `hello ${this.who}` }
}

export default async function (app) {
  let disposed = 0
  const waiting = []
  await app.register(fastifyAwilixPlugin, { disposeOnClose: true, disposeOnResponse: true, strictBooleanEnforced: true })
  diContainer.register({
    who: asValue('world'),
    greeter: asClass(Greeter, { lifetime: Lifetime.SCOPED }),
    counter: asFunction(() => ({ uses: 0 }), { lifetime: Lifetime.SCOPED, dispose })
  })
  function dispose () {
    disposed++
    for (const go of waiting.splice(0)) go()
  }
  app.get('/', (request) => {
    request.diScope.register({ who: asValue(request.query.who ?? 'nobody') })
    const counter = request.diScope.resolve('counter')
    counter.uses++
    return { greeting: request.diScope.resolve('greeter').greet(), ofApp: app.diContainer.resolve('greeter').greet(), counter }
  })
  // Scopes are disposed of after the response.
  app.get('/disposed/:count', async (request) => {
    while (disposed < request.params.count) await new Promise((resolve) => waiting.push(resolve))
    return { disposed }
  })
}

export const requests = [
  { path: '/?who=ann', status: 200 },
  { path: '/', status: 200 },
  { path: '/?who=bob', status: 200 },
  (_answers, by) => ({ path: `/disposed/${by === 'socket' ? 3 : 6}`, status: 200 })
]
