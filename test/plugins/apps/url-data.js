import urlData from '@fastify/url-data'

export const plugin = '@fastify/url-data'
export const uses = '`request.urlData`'

export default async function (app) {
  await app.register(urlData)
  app.get('/some/*', (request) => ({ data: request.urlData(), path: request.urlData('path'), host: request.urlData('host'), query: request.urlData('query') }))
}

export const requests = [{ path: '/some/path?a=1&b=%20', status: 200 }, { path: '/some/', headers: { host: 'other.test:81' }, status: 200 }]
