import { create } from './create.js'

const looks = ['rawHeaders', 'headersDistinct', 'trailers', 'rawTrailers', 'trailersDistinct', 'authority', 'scheme', 'httpVersion']

function tell ({ raw, socket, body, headers }) {
  const found = Object.fromEntries(looks.map((name) => [name, raw[name]]))
  const { remoteFamily, localFamily, encrypted, authorized, servername, alpnProtocol } = socket
  return { ...found, headers: raw.headers, same: headers === raw.headers, socket: { remoteFamily, localFamily, encrypted, authorized, servername, alpnProtocol, cert: typeof socket.getPeerCertificate }, body }
}

export const refused = {
  'socket.write()': ({ socket }) => socket.write('x'),
  'socket.destroy()': ({ socket }) => socket.destroy(),
  'socket.bytesRead': ({ socket }) => String(socket.bytesRead),
  'socket.setKeepAlive()': ({ socket }) => socket.setKeepAlive(true),
  'reply.raw.assignSocket()': (_request, reply) => reply.raw.assignSocket(),
  'reply.raw.pipe()': (_request, reply) => reply.raw.pipe(process.stdout),
  'reply.raw.writeHeader()': (_request, reply) => reply.raw.writeHeader(200)
}

export async function build ({ blocking, server = {} }) {
  const app = await create(import.meta.url, { blocking, server }, server)
  // Read as a stream, so that trailers come with its end.
  app.addContentTypeParser('text/stream', (_request, payload, done) => done(null, payload))
  app.get('/', { blocking }, tell)
  app.post('/', { blocking }, tell)
  app.get('/changed', {
    blocking,
    preHandler: async ({ raw }) => {
      raw.headers['x-added'] = 'by a hook'
      delete raw.headers.accept
    }
  }, tell)
  app.get('/schema', { blocking, schema: { headers: { type: 'object', properties: { 'x-number': { type: 'integer' } } } } }, tell)
  app.post('/stream', { blocking }, async (request) => {
    const before = request.raw.rawTrailers
    let text = ''
    for await (const chunk of request.body) text += chunk
    return { before, ...tell({ ...request, raw: request.raw, socket: request.socket, headers: request.headers, body: text }) }
  })
  app.get('/elapsed', {
    blocking,
    // Otherwise Fastify does not measure it.
    onResponse: async () => {},
    preHandler: async (request, reply) => { request.before = reply.elapsedTime },
    onSend: async (_request, reply, payload) => JSON.stringify([payload, reply.elapsedTime >= reply.between, typeof reply.between])
  }, (request, reply) => {
    reply.between = reply.elapsedTime
    return String(reply.between >= request.before)
  })
  app.get('/not-measured', { blocking }, (_request, reply) => [reply.elapsedTime])
  app.get('/http2', { blocking }, ({ raw }, reply) => [String(raw.stream), String(reply.raw.stream)])
  app.get('/certificate', { blocking }, ({ socket }) => socket.getPeerCertificate())
  for (const [index, look] of Object.values(refused).entries()) app.get(`/refused/${index}`, { blocking }, look)
  return app
}
