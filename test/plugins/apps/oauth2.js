import cookie from '@fastify/cookie'
import oauth2 from '@fastify/oauth2'
import Fastify from 'fastify'

export const plugin = '@fastify/oauth2'
export const uses = '`fastify.<name>.generateAuthorizationUri`, `getAccessTokenFromAuthorizationCodeFlow`, `getNewAccessTokenUsingRefreshToken`, its start route'

/** A provider. */
export async function surround () {
  const provider = Fastify({ forceCloseConnections: true })
  provider.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) => done(null, Object.fromEntries(new URLSearchParams(body))))
  provider.post('/token', async ({ body }) => ({ access_token: `for ${body.code ?? body.refresh_token}`, token_type: 'Bearer', refresh_token: 'refresh', expires_in: 3600 }))
  const origin = await provider.listen({ host: '127.0.0.1', port: 0 })
  return { given: { origin }, close: () => provider.close() }
}

export default async function (app, { origin }) {
  await app.register(cookie)
  await app.register(oauth2, {
    name: 'provider',
    scope: ['profile'],
    credentials: { client: { id: 'id', secret: 'secret' }, auth: { tokenHost: origin, tokenPath: '/token', authorizeHost: origin, authorizePath: '/authorize' } },
    startRedirectPath: '/login',
    callbackUri: 'http://app.test/callback'
  })
  app.get('/uri', async (request, reply) => ({ uri: await app.provider.generateAuthorizationUri(request, reply) }))
  app.get('/callback', async function (request) {
    const { token } = await this.provider.getAccessTokenFromAuthorizationCodeFlow(request)
    const renewed = await this.provider.getNewAccessTokenUsingRefreshToken(token, {})
    return { token: token.access_token, renewed: renewed.token.access_token }
  })
}

const stateOf = ({ body, headers }) => new URL(headers.location ?? JSON.parse(body).uri).searchParams.get('state')

export const cookies = true
export const requests = [
  { path: '/login', status: 302 },
  ([login]) => ({ path: `/callback?code=code&state=${stateOf(login)}`, status: 200 }),
  { path: '/uri', status: 200 },
  ({ 2: uri }) => ({ path: `/callback?code=other&state=${stateOf(uri)}`, status: 200 }),
  { path: '/callback?code=code&state=wrong', status: 500 }
]
export const random = { state: /(?<=state=)[\w-]{10,}/g }
