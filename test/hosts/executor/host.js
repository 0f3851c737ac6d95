import Fastify from 'fastify'
import { Host } from '../../../dist/host/host.js'

// A host whose options are those of a registration of a test. What it logs is of no interest to the test.
const { log } = Fastify({ logger: { level: process.env.HOST_LOG ?? 'error' } })
await new Host({ ...JSON.parse(process.argv[2]), log }).start()
