import responseValidation from '@fastify/response-validation'

export const plugin = '@fastify/response-validation'
export const uses = 'what a handler returns, valid and not'

const schema = { response: { 200: { type: 'object', required: ['answer'], properties: { answer: { type: 'number' } } }, '4xx': { type: 'object', properties: { no: { type: 'string' } } } } }

export default async function (app) {
  await app.register(responseValidation)
  app.get('/valid', { schema }, () => ({ answer: 42 }))
  app.get('/invalid', { schema }, () => ({ answer: 'a lot' }))
  app.get('/missing', { schema }, () => ({ other: 1 }))
  app.get('/other', { schema }, (_request, reply) => reply.code(404).send({ no: 'none' }))
  app.get('/off', { schema, responseValidation: false }, () => ({ answer: '7' }))
}

export const requests = [
  { path: '/valid', status: 200 },
  { path: '/invalid', status: 500 },
  { path: '/missing', status: 500 },
  { path: '/other', status: 404 },
  { path: '/off', status: 200 }
]
