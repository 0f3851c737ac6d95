import type { FastifyInstance } from 'fastify'
import type { Test } from 'tap'
import { startBroker } from './broker.js'
import { startHost } from './host-process.js'
import { Recording } from './recording.js'
import { module, startServer } from './server.js'

/** Starts a broker, a worker host and a server, and records what these send each other for one request. */
export async function startRecorded (t: Test): Promise<{ app: FastifyInstance, recording: Recording }> {
  const { url } = await startBroker(t)
  startHost(t, module, url)
  const app = await startServer(t, { servers: url })
  const recording = await Recording.start(t, url)
  t.equal((await app.inject({ url: '/double' })).body, '42')
  await recording.complete()
  return { app, recording }
}
