import t from 'tap'
import { build } from './fixtures/stand-ins.js'

const missing = {
  cookie: ['@fastify/cookie', 'Symbol(fastify.reply.setCookies)'],
  session: ['@fastify/session', 'Symbol(sessionStore)'],
  'secure-session': ['@fastify/secure-session', 'Symbol(cookie options)'],
  multipart: ['@fastify/multipart', 'property tmpUploads']
}

for (const [standIn, [name, what]] of Object.entries(missing)) {
  t.test(`${standIn}: the error names the package, and what it lacks`, async (t) => {
    const app = await build({ standIn })
    t.teardown(() => app.close())
    const { code, message } = await app.ready().then(() => ({}), (error: unknown) => error) as Error & { code: string }
    t.equal(code, 'FST_BLOCKING_UNKNOWN_VERSION')
    t.match(message, `this version of ${name}, unknown: it lacks ${what},`)
  })
}

t.test('what can only be seen with a request is an error of that', async (t) => {
  const app = await build({ standIn: 'session that wants a request' })
  t.teardown(() => app.close())
  await app.ready()
  const { statusCode, body } = await app.inject('/')
  t.strictSame([statusCode, JSON.parse(body).code], [500, 'FST_BLOCKING_UNKNOWN_VERSION'])
  t.match(JSON.parse(body).message, '@fastify/session, unknown: it lacks Symbol(cookieOpts),')
})

t.test('decorators of the app that have the same names are its own', async (t) => {
  const app = await build({ standIn: 'decorators of the app itself' })
  t.teardown(() => app.close())
  await app.ready()
  const { statusCode, headers } = await app.inject('/')
  t.strictSame([statusCode, headers['x-own']], [200, 'a'])
})

t.test('whose a hook is does not depend on what the app makes of stacks', async (t) => {
  const { stackTraceLimit, prepareStackTrace } = Error
  t.teardown(() => Object.assign(Error, { stackTraceLimit, prepareStackTrace }))
  const app = await build({ standIn: 'none', isShort: true })
  t.teardown(() => app.close())
  await app.ready()
  const { statusCode, headers } = await app.inject('/')
  t.strictSame([statusCode, headers['set-cookie']], [200, 'a=b; SameSite=Lax'])
})
