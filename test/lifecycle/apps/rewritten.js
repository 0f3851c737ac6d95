import { create } from './create.js'

/** What a hook does to URL and method, after the request was routed. */
export const rewrites = {
  'a URL that no route has': ({ raw }) => { raw.url = '/nowhere?b=2' },
  'the URL of another route': ({ raw }) => { raw.url = '/other' },
  'the URL of another blocking route': ({ raw }) => { raw.url = '/blocking/other?b=2' },
  'a URL that cannot be decoded': ({ raw }) => { raw.url = '/%' },
  'a part of it is stripped': ({ raw }) => {
    raw.originalUrl = raw.url
    raw.url = raw.url.replace('/rewritten', '')
  },
  'it was read before': (request) => {
    request.kept = request.originalUrl
    request.raw.url = '/nowhere'
  },
  'another method': ({ raw }) => { raw.method = 'DELETE' },
  'params that do not lead there': (request) => {
    request.raw.url = '/nowhere'
    request.params = { none: 1 }
  }
}

export const patterns = {
  '/text': '/text',
  '/of/:id': '/of/ada%20l?a=1',
  '/of/:id/files/*': '/of/1/files/a/b%2Fc.txt',
  '/:file(^\\d+).png': '/12.png',
  '/optional/:id?': '/optional',
  '/double/:a-:b': '/double/1-2',
  '/colon::on/:id': '/colon:on/3'
}

function tell (request) {
  const { url, originalUrl, method, params, query, raw } = request
  return { url, originalUrl, method, params, query, raw: [raw.url, raw.originalUrl, raw.method], route: request.routeOptions.url }
}

export async function build ({ blocking, rewriting = false }) {
  const app = await create(import.meta.url, { blocking, rewriting }, rewriting ? { rewriteUrl: ({ url }) => url.replace('/old/', '/') } : {})
  app.decorateRequest('kept', null)
  app.setNotFoundHandler(() => 'not found')
  app.get('/other', () => 'other')
  app.get('/blocking/other', { blocking }, () => 'blocking other')
  for (const [index, rewrite] of Object.values(rewrites).entries()) {
    app.register(async (child) => {
      child.addHook('preHandler', async (request) => rewrite(request))
      child.addHook('onSend', async (request, _reply, payload) => `${payload}\n${JSON.stringify(tell(request))}`)
      for (const url of Object.keys(patterns)) {
        child.get(url, { blocking }, tell)
        child.post(url, { blocking }, (request) => ({ ...tell(request), body: request.body }))
      }
    }, { prefix: `/rewritten/${index}` })
  }
  return app
}
