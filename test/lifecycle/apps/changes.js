import { create } from './create.js'

class Instance {}

/** What handlers put on the request and the reply, for hooks to find. */
export const handlers = {
  'a text': (request) => { request.kept = 'text' },
  'something deep': (request, reply) => { reply.kept = { deep: { date: new Date(0) } } },
  'a Buffer': (request, reply) => { reply.kept = Buffer.from('bytes') },
  'an object without a prototype': (request) => { request.kept = Object.create(null, { name: { value: 1, enumerable: true } }) },
  'an error': (request) => { request.kept = Object.assign(new RangeError('kept'), { code: 'KEPT' }) },
  'something undeclared': (request, reply) => { request.other = reply.other = [1] },
  'something in the place of what a hook has put there': (request) => { request.before = { by: 'handler' } },
  'something in the place of what could not cross': (request) => { request.instance = 'data' },
  'null in the place of what a hook has put there': (request) => { request.before = null },
  nothing: () => {}
}

export const withheld = {
  'a function': (request) => { request.kept = () => {} },
  'something with a function': (request) => { request.kept = { deep: { call () {} } } },
  'an instance of a class': (request) => { request.kept = new Instance() }
}

function describe (value) {
  if (value instanceof Instance) return 'an instance'
  if (value instanceof Error) return `${value.name} ${value.message} ${value.code}`
  if (typeof value === 'object' && value !== null && !('toString' in value)) return `bare ${JSON.stringify(value)}`
  return JSON.stringify(value) ?? 'undefined'
}

export async function build ({ blocking }) {
  const app = await create(import.meta.url, { blocking })
  app.decorateRequest('kept', null)
  app.decorateReply('kept', null)
  app.addHook('preHandler', async (request) => Object.assign(request, { before: { by: 'hook' }, instance: new Instance() }))
  app.addHook('onSend', async (request, reply) => {
    const found = [request.kept, reply.kept, request.other, reply.other, request.before, request.instance]
    reply.header('x-found', found.map(describe).join(' '))
  })
  const answers = { text: () => 'text', thrown: () => { throw new Error('thrown') }, missing: (reply) => reply.callNotFound() }
  for (const [index, put] of [...Object.values(handlers), ...Object.values(withheld)].entries()) {
    for (const [name, answer] of Object.entries(answers)) {
      app.get(`/${index}/${name}`, { blocking }, (request, reply) => {
        put(request, reply)
        return answer(reply)
      })
    }
  }
  return app
}
