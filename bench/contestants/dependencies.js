import Fastify from 'fastify'
import blocking, { dependency } from 'fastify-blocking'
import { maxThreads } from '../limits.js'
import { six } from './six/dependencies.js'

export const app = Fastify()

await app.register(blocking, { app: import.meta.url, pool: { maxThreads } })

app.get('/worker', { blocking: true, dependencies: { six } }, (request) => ({ six: request.dependencies.six }))

const user = dependency(async () => ({ id: 1 }))
const account = dependency({ dependencies: { user } }, async (_request, { user }) => ({ of: user.id }))
const rate = dependency(async () => 2)
const limit = dependency({ dependencies: { account } }, async (_request, { account }) => account.of + 1)

app.get('/loop', { dependencies: { user, account, rate, limit } }, async (request) => {
  const { user, account, rate, limit } = request.dependencies
  return { user, account, rate, limit }
})
