import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { connect } from '@nats-io/transport-node'
import t from 'tap'
import { Agent, request } from 'undici'
import { encode } from '../../dist/nats/protocol.js'
import { watchMemory } from '../support/memory.js'
import { until } from '../support/until.js'
import { lacksBroker, startBroker } from './broker.js'
import { startHost } from './host-process.js'
import { module, startServer } from './server.js'

t.test('a worker host', { skip: lacksBroker }, async (t) => {
  const { url } = await startBroker(t)
  const host = startHost(t, module, url)
  const app = await startServer(t, { servers: url })
  const origin = await app.listen({ host: '127.0.0.1', port: 0 })
  const dispatcher = new Agent()
  t.teardown(() => dispatcher.destroy())
  const isHealthy = async () => (await app.inject({ url: '/double' })).body === '42'

  t.test('gets and gives what is longer than a message of the broker', async (t) => {
    const payload = { text: 'ü'.repeat(3_000_000), last: true }
    t.same((await app.inject({ method: 'POST', url: '/echo', payload })).json(), payload)
    t.equal((await app.inject({ url: '/whole?mb=5' })).rawPayload.length, 5_000_000)
  })

  t.test('streams 200 MB each way, of which the server never holds more than 30 MB', async (t) => {
    const piece = Buffer.alloc(100_000, 'y')
    const stop = watchMemory()
    const { body } = await request(`${origin}/stream?mb=200`, { dispatcher })
    let length = 0
    for await (const chunk of body) length += (chunk as Buffer).length
    t.equal(length, 200_000_000)
    const { body: answer } = await request(`${origin}/upload`, {
      dispatcher,
      method: 'POST',
      headers: { 'content-type': 'application/octet-stream' },
      body: Readable.from((function * () { for (let count = 0; count < 2_000; count++) yield piece })())
    })
    t.same(await answer.json(), { length: 200_000_000 })
    const rise = stop()
    t.ok(rise < 30_000_000, `${(rise / 1e6).toFixed(1)} MB`)
    t.ok(await isHealthy())
  })

  t.test('ends a handler that is over its time limit, with its thread', async (t) => {
    const answer = await app.inject({ url: '/spins' })
    t.equal(answer.statusCode, 503)
    t.match(answer.json(), { code: 'FST_BLOCKING_TIMEOUT' })
    t.ok(await isHealthy())
    await until('the kill is counted', () => app.blocking.stats().killed === 1)
  })

  t.test('tells a handler that the client has hung up', async (t) => {
    const file = join(t.testdir(), 'journal')
    const read = () => existsSync(file) ? readFileSync(file, 'utf8') : ''
    const controller = new AbortController()
    const gone = t.rejects(request(`${origin}/heeds?file=${encodeURIComponent(file)}`, { dispatcher, signal: controller.signal }))
    await until('it has begun', () => read() === 'begun ')
    controller.abort()
    await gone
    await until('it was told', () => read() === 'begun aborted ')
    t.ok(await isHealthy())
  })

  t.test('whose last message makes no sense has its request answered with an error', async (t) => {
    const client = await connect({ servers: url })
    t.teardown(() => client.close())
    const senseless = ['left', 'result', 'end', 'failed', 'left']
    client.subscribe('fb1.host.*', {
      callback (_error, { reply }) {
        if (reply?.endsWith('.opening') !== true) return
        const type = senseless.shift()!
        // The first frame of the session, before that of the host, whose handler waits.
        const frame = encode({ type: 'ended', message: { type }, ran: 1 }, 16)
        frame.writeUInt32BE(1, 0)
        client.publish(reply.replace('.opening', ''), frame)
      }
    })
    await client.flush()
    for (const url of ['/late?ms=2000', '/late?ms=2000', '/late?ms=2000', '/late?ms=2000', '/double']) {
      const [type] = senseless
      t.equal((await app.inject({ url })).statusCode, 500, `${url}, ${type}`)
    }
    t.equal(senseless.length, 0)
    await client.close()
    t.ok(await isHealthy())
    t.equal(app.blocking.stats().queue, 0)
  })

  t.test('and its server go on when they get messages that cannot be read', async (t) => {
    const client = await connect({ servers: url })
    t.teardown(() => client.close())
    const subjects = new Set<string>()
    client.subscribe('fb1.>', {
      callback (_error, { subject, reply, data }) {
        subjects.add(subject)
        if (reply !== undefined && reply !== '') subjects.add(reply)
        if (!subject.startsWith('fb1.fuzz')) seen.push(data)
      }
    })
    const seen: Uint8Array[] = []
    for (let count = 0; count < 20; count++) t.ok(await isHealthy())
    for (const subject of [...subjects]) {
      for (const data of seen.slice(0, 50)) {
        const broken = Uint8Array.from(data)
        for (let place = seen.length % 7; place < broken.length; place += 7) broken[place]! ^= 255
        for (const bytes of [broken, data.subarray(0, data.length / 2), new Uint8Array(0)]) {
          client.publish(subject, bytes, { reply: 'fb1.server.nobody.1' })
        }
      }
    }
    await client.flush()
    t.ok(await isHealthy())
    t.equal(host.child.exitCode, null)
  })
})
