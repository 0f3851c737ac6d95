import Fastify from 'fastify'
import blocking from 'fastify-blocking'
import { maxThreads } from '../../limits.js'
import { addReadings } from './readings.js'

// A single route.
export const app = Fastify()

await app.register(blocking, { app: import.meta.url, pool: { minThreads: maxThreads, maxThreads } })

addReadings(app)
