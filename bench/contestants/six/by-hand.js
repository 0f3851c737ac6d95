import Fastify from 'fastify'
import blocking from 'fastify-blocking'
import { maxThreads } from '../../limits.js'

// As ours.js, without dependencies: the handlers call the same functions themselves.
export const app = Fastify()

await app.register(blocking, { app: import.meta.url, pool: { maxThreads } })

const one = () => 1
const two = () => one() + 1
const three = () => two() + 1
const four = () => 4
const five = () => four() + 1

app.get('/worker', { blocking: true }, () => ({ six: three() + five() }))

const loopOne = async () => 1
const loopTwo = async () => await loopOne() + 1
const loopThree = async () => await loopTwo() + 1
const loopFour = async () => 4
const loopFive = async () => await loopFour() + 1

app.get('/loop', async () => ({ six: await loopThree() + await loopFive() }))

app.decorateRequest('three', 0)

const awaitThree = async (request) => { request.three = await loopThree() }

app.get('/mixed', { blocking: true, preHandler: awaitThree }, (request) => ({ six: request.three + five() }))
