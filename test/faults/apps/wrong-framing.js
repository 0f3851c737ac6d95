import { create } from '../../lifecycle/apps/create.js'

const wrong = 'a\r\nb'

/** Handlers that set a header that is refused, beside what Node remembers although it refuses that. */
export const handlers = {
  'an empty list as content-length': (reply) => reply.header('content-length', []).header('x-wrong', wrong),
  'an empty list as content-length, and no text': (reply) => reply.header('content-length', []).header('x-wrong', wrong).send(''),
  'an empty content-length, and nothing to send': (reply) => reply.header('content-length', '').header('x-wrong', wrong).redirect('/next'),
  'a content-length that is right': (reply) => reply.header('content-length', 4).header('x-wrong', wrong),
  'a content-length that is right, and a raw header': (reply) => reply.header('content-length', 4).header('x-wrong', wrong).raw.setHeader('X-Raw', 'raw'),
  'a raw content-length': (reply) => reply.header('x-wrong', wrong).raw.setHeader('Content-Length', '4'),
  'the status 204': (reply) => reply.code(204).header('x-wrong', wrong),
  'the status 204, and a raw header': (reply) => reply.code(204).header('x-wrong', wrong).raw.setHeader('X-Raw', 'raw'),
  'the status 304': (reply) => reply.code(304).header('x-wrong', wrong),
  'the status 103': (reply) => reply.code(103).header('x-wrong', wrong),
  'a name that is wrong': (reply) => reply.code(204).header('a b', 'wrong'),
  'a list': (reply) => reply.code(204).header('x-wrong', ['fine', wrong])
}

export async function build ({ blocking }) {
  const app = await create(import.meta.url, { blocking }, {}, { pool: { minThreads: 1, maxThreads: 1, execArgv: [] } })
  for (const [index, [title, handler]] of Object.entries(handlers).entries()) {
    const handle = (request, reply) => {
      handler(reply)
      if (!/no text|nothing/.test(title)) reply.send('text')
    }
    app.get(`/${index}`, { blocking }, handle)
    app.get(`/handled/${index}`, { blocking, errorHandler: (error, request, reply) => { reply.removeHeader('x-wrong').removeHeader('a b').code(418).send({ handled: error.code }) } }, handle)
    app.get(`/mended/${index}`, { blocking, onSend: async (request, reply, payload) => { reply.removeHeader('x-wrong').removeHeader('a b'); return payload } }, handle)
  }
  app.get('/next', { blocking }, () => 'next')
  return app
}
