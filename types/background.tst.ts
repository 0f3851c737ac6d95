import Fastify, { type FastifyReply } from 'fastify'
import 'fastify-blocking'
import { expect, test } from 'tstyche'

const app = Fastify()

test('a reply takes work for later, and is given back', () => {
  app.get<{ Reply: { fib: number } }>('/fib', { blocking: true }, (_request, reply) => {
    expect(reply.background(() => {})).type.toBe<typeof reply>()
    expect(reply.background(async () => 'ignored').send).type.not.toBeCallableWith({ fib: 'x' })
    expect(reply.background).type.not.toBeCallableWith('text')
    expect(reply.background).type.not.toBeCallableWith((text: string) => text)
    return { fib: 1 }
  })
  expect<FastifyReply>().type.toHaveProperty('background')
})
