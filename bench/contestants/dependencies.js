import Fastify from 'fastify'
import blocking, { dependency } from 'fastify-blocking'
import { maxThreads } from '../limits.js'

export const app = Fastify()

await app.register(blocking, { app: import.meta.url, pool: { maxThreads } })

const one = dependency({ blocking: true }, () => 1)
const two = dependency({ blocking: true, dependencies: { one } }, (_request, { one }) => one + 1)
const three = dependency({ blocking: true, dependencies: { two } }, (_request, { two }) => two + 1)
const four = dependency({ blocking: true }, () => 4)
const five = dependency({ blocking: true, dependencies: { four } }, (_request, { four }) => four + 1)
const six = dependency({ blocking: true, dependencies: { three, five } }, (_request, { three, five }) => three + five)

app.get('/worker', { blocking: true, dependencies: { six } }, (request) => ({ six: request.dependencies.six }))

const user = dependency(async () => ({ id: 1 }))
const account = dependency({ dependencies: { user } }, async (_request, { user }) => ({ of: user.id }))
const rate = dependency(async () => 2)
const limit = dependency({ dependencies: { account } }, async (_request, { account }) => account.of + 1)

app.get('/loop', { dependencies: { user, account, rate, limit } }, async (request) => {
  const { user, account, rate, limit } = request.dependencies
  return { user, account, rate, limit }
})
