import type { FastifyInstance } from 'fastify'
import t from 'tap'
import { until } from '../support/until.js'
import { lacksBroker, startBroker } from './broker.js'
import { startHost } from './host-process.js'
import { module, startServer } from './server.js'

const hostsOf = (app: FastifyInstance) => app.blocking.stats().hosts!

async function askOften (app: FastifyInstance, times: number): Promise<void> {
  const answers = await Promise.all(Array.from({ length: times }, () => app.inject({ url: '/where' })))
  if (answers.some(({ statusCode }) => statusCode !== 200)) throw new Error('a request was not served')
}

t.test('the slots of a host are known again', { skip: lacksBroker }, async (t) => {
  t.test('when the host has stood still for so long that the server has forgotten it', async (t) => {
    const { url } = await startBroker(t)
    const app = await startServer(t, { servers: url })
    const host = startHost(t, module, url)
    await askOften(app, 5)
    host.kill('SIGSTOP')
    await until('the server has forgotten the host', () => hostsOf(app).length === 0)
    host.kill('SIGCONT')
    await askOften(app, 5)
    await until('nothing is under way', () => app.blocking.stats().threads.busy === 0)
    t.equal(hostsOf(app)[0]!.free, 1)
  })

  t.test('when the server has stood still for so long that the host has forgotten it', async (t) => {
    const { url } = await startBroker(t)
    const app = await startServer(t, { servers: url })
    startHost(t, module, url)
    await askOften(app, 5)
    // The host looks once a second who has been silent for three.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 4_500)
    await until('the server knows that the slot is free', () => hostsOf(app)[0]?.free === 1)
    await askOften(app, 5)
    await until('the slot is free', () => hostsOf(app)[0]?.free === 1)
  })
})
