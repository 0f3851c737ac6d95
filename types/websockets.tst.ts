import '@fastify/websocket'
import Fastify from 'fastify'
import { dependency } from 'fastify-blocking'
import { expect, test } from 'tstyche'

const app = Fastify()
const user = dependency(async () => ({ name: 'ada' }))

test('the handler of a websocket has the values of the dependencies that generics name', () => {
  app.get<{ Dependencies: { user: typeof user } }>('/', { websocket: true, dependencies: { user } }, (socket, request) => {
    expect(request.dependencies.user).type.toBe<{ name: string }>()
    socket.send('x')
  })
})
