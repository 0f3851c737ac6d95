import { Type, type TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import Fastify, { type FastifyInstance, type FastifyRequest } from 'fastify'
import { dependency } from 'fastify-blocking'
import { expect, test } from 'tstyche'

interface Session { user: string }

const log = (request: FastifyRequest) => { request.log.info(request.url) }

const session = dependency({ schema: { headers: Type.Object({ cookie: Type.String() }) } }, async (request): Promise<Session> => {
  log(request)
  return { user: request.headers.cookie }
})
const tenant = dependency((request) => {
  log(request)
  return request.hostname
})
const trace = dependency({ dependencies: { session }, schema: { headers: Type.Object({ traceparent: Type.String() }) } }, function * (request, { session }) {
  log(request)
  yield { id: request.headers.traceparent, user: session.user }
})
const account = dependency(() => 5)

declare module 'fastify' {
  interface ContextDependencies {
    session: typeof session
    tenant: typeof tenant
    trace: typeof trace
  }
}

const app: FastifyInstance = Fastify()
app.addDependencies({ session, tenant, trace })

test('what a context gives is in the request of every route and hook', () => {
  app.get('/', (request) => {
    expect(request.dependencies).type.toBe<{ readonly session: Session, readonly tenant: string, readonly trace: { id: string, user: string } }>()
  })
  app.get('/', { blocking: true }, (request) => expect(request.dependencies.session).type.toBe<Session>())
  app.route({ method: 'GET', url: '/', handler: (request) => expect(request.dependencies.session).type.toBe<Session>() })
  app.withTypeProvider<TypeBoxTypeProvider>().get('/', { schema: { querystring: Type.Object({ page: Type.Integer() }) } }, (request) => {
    expect(request.query.page).type.toBe<number>()
    expect(request.dependencies.tenant).type.toBe<string>()
  })
  app.addHook('preHandler', async (request) => expect(request.dependencies.session).type.toBe<Session>())
  app.setErrorHandler((_error, request) => expect(request.dependencies.session).type.toBe<Session>())
  app.get('/', (request) => {
    // @ts-expect-error Property 'sesion' does not exist
    return request.dependencies.sesion
  })
})

test('what a route names itself is beside it', () => {
  app.get('/', { dependencies: { account } }, (request) => {
    expect(request.dependencies.account).type.toBe<number>()
    expect(request.dependencies.session).type.toBe<Session>()
    log(request)
  })
  app.route({
    method: 'GET',
    url: '/',
    dependencies: { account },
    handler (request) {
      expect(request.dependencies.account).type.toBe<number>()
      expect(request.dependencies.session).type.toBe<Session>()
    }
  })
  app.get<{ Params: { id: string } }>('/:id', { dependencies: { account } }, (request) => {
    expect(request.dependencies.session).type.toBe<Session>()
  })
})

test('what a route names itself wins', () => {
  app.get('/', { dependencies: { session: account } }, (request) => expect(request.dependencies.session).type.toBe<number>())
  app.route({ method: 'GET', url: '/', dependencies: { session: account }, handler: (request) => expect(request.dependencies.session).type.toBe<number>() })
})
