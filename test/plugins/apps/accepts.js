import accepts from '@fastify/accepts'

export const plugin = '@fastify/accepts'
export const uses = '`request.accepts`, `request.type`, `language`, `encoding`, `charset`'

export default async function (app) {
  await app.register(accepts, { decorateReply: true })
  app.get('/', (request, reply) => ({
    types: request.accepts().types(),
    type: request.type(['json', 'html']),
    language: request.language(['de', 'en']),
    encoding: request.encoding(['gzip', 'identity']),
    charset: request.charset(['utf-8']),
    byReply: reply.requestAccepts().type(['html'])
  }))
}

export const requests = [
  { path: '/', headers: { accept: 'text/html, application/json;q=0.5', 'accept-language': 'en;q=0.8, de', 'accept-encoding': 'gzip' }, status: 200 },
  { path: '/', headers: { accept: 'image/png' }, status: 200 }
]
