import Fastify from 'fastify'
import blocking, { dependency } from 'fastify-blocking'
import { maxThreads } from '../../limits.js'
import { six } from './dependencies.js'

// Six dependencies, all blocking, all on the loop, or three and three; fastapi_routes.py has the same.
export const app = Fastify()

await app.register(blocking, { app: import.meta.url, pool: { maxThreads } })

app.get('/worker', { blocking: true, dependencies: { six } }, (request) => ({ six: request.dependencies.six }))

const loopOne = dependency(async () => 1)
const loopTwo = dependency({ dependencies: { loopOne } }, async (_request, { loopOne }) => loopOne + 1)
const loopThree = dependency({ dependencies: { loopTwo } }, async (_request, { loopTwo }) => loopTwo + 1)
const loopFour = dependency(async () => 4)
const loopFive = dependency({ dependencies: { loopFour } }, async (_request, { loopFour }) => loopFour + 1)
const loopSix = dependency({ dependencies: { loopThree, loopFive } }, async (_request, { loopThree, loopFive }) => loopThree + loopFive)

app.get('/loop', { dependencies: { loopSix } }, async (request) => ({ six: request.dependencies.loopSix }))

const mixedFour = dependency({ blocking: true, dependencies: { loopOne } }, (_request, { loopOne }) => loopOne + 3)
const mixedFive = dependency({ blocking: true, dependencies: { mixedFour } }, (_request, { mixedFour }) => mixedFour + 1)
const mixedSix = dependency({ blocking: true, dependencies: { loopThree, mixedFive } }, (_request, { loopThree, mixedFive }) => loopThree + mixedFive)

app.get('/mixed', { blocking: true, dependencies: { mixedSix } }, (request) => ({ six: request.dependencies.mixedSix }))
