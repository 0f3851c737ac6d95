import Fastify from 'fastify'
import blocking from 'fastify-blocking'
import { maxThreads } from '../limits.js'

// As dependencies.js, but without any: a blocking handler alone, and one on the loop that awaits what it needs itself.
export const app = Fastify()

await app.register(blocking, { app: import.meta.url, pool: { maxThreads } })

app.get('/worker', { blocking: true }, () => ({ six: 8 }))

const findUser = async () => ({ id: 1 })
const findAccount = async (user) => ({ of: user.id })
const findRate = async () => 2
const findLimit = async (account) => account.of + 1

app.get('/loop', async () => {
  const user = await findUser()
  const account = await findAccount(user)
  const rate = await findRate()
  const limit = await findLimit(account)
  return { user, account, rate, limit }
})
