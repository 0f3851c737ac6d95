import { type AddressInfo, connect } from 'node:net'
import { networkInterfaces } from 'node:os'
import { text } from 'node:stream/consumers'
import t from 'tap'
import type { FastifyReply, FastifyRequest, InjectOptions } from 'fastify'
import { buildShown } from './fixtures/typed.js'

const paths = ['/blocking', '/blocking/', '/blocking/page.js', '/blocking/page.css', '/blocking/uplot.js', '/blocking/events']

t.test('without a guard it answers only to this machine, and says so', async (t) => {
  const lines: string[] = []
  const app = await buildShown({ stream: { write: (line: string) => lines.push(line) } })
  t.teardown(() => app.close())
  await app.ready()
  t.equal(lines.filter((line) => line.includes('the dashboard at /blocking answers only to this machine')).length, 1)

  const refused: [why: RegExp, request: InjectOptions][] = [
    [/on another one/, { remoteAddress: '192.0.2.1' }],
    [/on another one/, { remoteAddress: '::ffff:192.0.2.1' }],
    [/header x-forwarded-for/, { headers: { host: 'localhost', 'x-forwarded-for': '127.0.0.1' } }],
    [/header forwarded/, { headers: { host: 'localhost', forwarded: 'for=127.0.0.1' } }],
    [/header via/, { headers: { host: 'localhost', via: '1.1 proxy' } }],
    [/another host/, { headers: { host: 'rebound.example' } }],
    [/another host/, { headers: { host: '127.0.0.1.example:80' } }],
    [/another host/, { headers: { host: 'localhost.example' } }],
    [/another host/, { headers: { host: 'example/.localhost' } }],
    [/header x-forwarded-proto/, { headers: { host: 'localhost', 'x-forwarded-proto': 'https' } }],
    [/header cf-connecting-ip/, { headers: { host: 'localhost', 'cf-connecting-ip': '192.0.2.1' } }],
    [/a page of another site/, { headers: { host: 'localhost', origin: 'https://evil.example' } }],
    [/a page of another site/, { headers: { host: 'localhost', origin: 'null' } }]
  ]
  for (const [why, request] of refused) {
    for (const url of paths) {
      const { statusCode, body, headers } = await app.inject({ ...request, url })
      t.equal(statusCode, 403, `${url} ${JSON.stringify(request)}`)
      t.match(JSON.parse(body), { code: 'FST_BLOCKING_LOCAL_ONLY', message: why })
      t.equal(headers.etag, undefined)
    }
  }
  for (const host of ['localhost', 'localhost:3000', 'app.localhost', '127.0.0.1:80', '127.9.9.9', '[::1]:3000', '[::1]']) {
    t.equal((await app.inject({ url: '/blocking/', headers: { host, origin: `http://${host}` } })).statusCode, 200)
    for (const remoteAddress of ['127.0.0.1', '::1', '::ffff:127.0.0.1']) {
      t.equal((await app.inject({ url: '/blocking/', remoteAddress, headers: { host } })).statusCode, 200, `${host} ${remoteAddress}`)
    }
  }
})

t.test('a request by HTTP/1.0 is refused, which proxies speak that add no header', async (t) => {
  const app = await buildShown()
  t.teardown(() => app.close())
  const { port } = new URL(await app.listen({ port: 0 }))
  const socket = connect(Number(port), 'localhost')
  socket.write('GET /blocking/ HTTP/1.0\r\nhost: localhost\r\n\r\n')
  t.match(await text(socket), /^HTTP\/1\.1 403 .*FST_BLOCKING_LOCAL_ONLY.*HTTP\/1\.0/s)
})

t.test('a client that comes by another address of this machine is refused', async (t) => {
  const outer = Object.values(networkInterfaces()).flat().find((one) => one?.internal === false && one.family === 'IPv4')
  if (outer === undefined) return t.comment('this machine has no such address')
  const app = await buildShown()
  t.teardown(() => app.close())
  await app.listen({ port: 0, host: '0.0.0.0' })
  const { port } = app.server.address() as AddressInfo
  t.equal((await fetch(`http://127.0.0.1:${port}/blocking/`)).status, 200)
  t.equal((await fetch(`http://${outer.address}:${port}/blocking/`)).status, 403)
})

t.test('a guard decides on the page and on all that it loads, and on clients of this machine too', async (t) => {
  const guard = async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> =>
    request.headers.authorization === 'Bearer me' ? undefined : await reply.code(401).send({ who: 'are you' })
  const other = (_request: FastifyRequest, _reply: FastifyReply, done: () => void): void => done()
  for (const onRequest of [guard, [guard], [other, guard]]) {
    const lines: string[] = []
    const app = await buildShown({ dashboard: { onRequest }, stream: { write: (line: string) => lines.push(line) } })
    t.teardown(() => app.close())
    await app.ready()
    t.notOk(lines.some((line) => line.includes('answers only to this machine')))
    for (const url of paths) t.equal((await app.inject({ url })).statusCode, 401, url)
    const headers = { authorization: 'Bearer me', host: 'shop.example' }
    t.equal((await app.inject({ url: '/blocking/', remoteAddress: '192.0.2.1', headers })).statusCode, 200)
  }
})

t.test('an option that does not fit is refused, so that nobody takes it for a guard', async (t) => {
  for (const [dashboard, message] of [
    [{ onRequest: [] }, 'dashboard, option onRequest: The guard:'],
    [{ onRequest: 'guard' }, 'dashboard, option onRequest: The guard:'],
    [{ onRequest: [undefined] }, 'dashboard, option onRequest'],
    [{ preHandler: () => {} }, 'dashboard, option preHandler: there is no such option'],
    [{ onrequest: () => {} }, 'dashboard, option onrequest: there is no such option']
  ] as const) {
    const error: unknown = await buildShown({ dashboard }).then((app) => app.ready(), (error: unknown) => error)
    t.match(error, { code: 'FST_BLOCKING_INVALID_OPTION' })
    t.ok((error as Error).message.startsWith(`fastify-blocking: ${message}`), (error as Error).message)
  }
})
