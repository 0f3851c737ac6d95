import formbody from '@fastify/formbody'

export const plugin = '@fastify/formbody'
export const uses = '`request.body` of a form'

export default async function (app) {
  await app.register(formbody)
  app.post('/', (request) => ({ body: request.body, isPlain: Object.getPrototypeOf(request.body) === Object.prototype }))
}

const form = { 'content-type': 'application/x-www-form-urlencoded' }

export const requests = [
  { path: '/', method: 'POST', headers: form, body: 'a=1&b=two+words&b=%C3%A4', status: 200 },
  { path: '/', method: 'POST', headers: form, body: '', status: 200 },
  { path: '/', method: 'POST', headers: { 'content-type': 'application/none' }, body: 'a', status: 415 }
]
