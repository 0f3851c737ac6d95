import '@fastify/websocket'
import Fastify from 'fastify'
import 'fastify-blocking'
import { expect, test } from 'tstyche'

const app = Fastify()

test('a websocket route keeps its types beside fastify-blocking', () => {
  app.get('/', { websocket: true }, (socket, request) => socket.send(request.ip))
  app.route({ method: 'GET', url: '/', websocket: true, handler: (socket, request) => socket.send(request.ip) })
})

test('a websocket route that is marked blocking has no socket', () => {
  app.get('/', { websocket: true }, (socket) => socket.send('x'))
  app.get('/', { websocket: true, blocking: false }, (socket) => socket.send('x'))
  // @ts-expect-error Property 'send' does not exist on type 'FastifyRequest
  app.get('/', { websocket: true, blocking: true }, (socket) => socket.send('x'))
  // @ts-expect-error Property 'send' does not exist on type 'FastifyRequest
  app.get('/', { websocket: true, blocking: { timeout: 5 } }, (socket) => socket.send('x'))
})

test('a route that answers requests beside a websocket may be blocking', () => {
  app.route({ method: 'GET', url: '/', blocking: true, handler: (request) => request.ip, wsHandler: (socket) => socket.send('x') })
  expect(app.get).type.toBeCallableWith('/', { websocket: false, blocking: true }, () => 'x')
})
