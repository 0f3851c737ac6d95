import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import t from 'tap'
import { build } from './fixtures/filled.js'

const app = await build()
t.teardown(() => app.close())
await app.listen({ host: '127.0.0.1', port: 0 })
const { port } = app.server.address() as AddressInfo

const letters = 'abcdefghijklmnopqrstuvwxyz'

async function begin (kind: string, length: number, of: string): Promise<IncomingMessage> {
  const path = `/${kind}?length=${length}&of=${of}`
  const [response] = await once(get({ host: '127.0.0.1', port, path, agent: false }), 'response') as [IncomingMessage]
  return response
}

async function ask (kind: string, length: number, of: string): Promise<Buffer> {
  return Buffer.concat(await (await begin(kind, length, of)).toArray() as Buffer[])
}

/** What is in it, if it is the same all over, and how long it is. */
function describe (bytes: Buffer): string {
  const [first] = bytes
  return `${bytes.length} ${bytes.every((byte) => byte === first) ? String.fromCharCode(first!) : 'mixed'}`
}

/** A process of its own, whose memory is not counted here. */
const client = `
const { Agent, get } = require('node:http')
const agent = new Agent({ keepAlive: true, maxSockets: 1 })
let left = 200
const ask = () => {
  if (left-- === 0) return process.exit(0)
  get({ host: '127.0.0.1', port: process.argv[1], path: '/text/plain?length=1000000&of=x', agent }, (response) => {
    response.resume().on('end', ask)
  })
}
ask()`

t.test('of 200 MB hardly anything is left to the collector', async (t) => {
  const { external: before } = process.memoryUsage()
  let most = 0
  const timer = setInterval(() => { most = Math.max(most, process.memoryUsage().external - before) }, 5)
  const [code] = await once(spawn(process.execPath, ['-e', client, String(port)], { stdio: 'inherit', env: {} }), 'exit')
  clearInterval(timer)
  t.equal(code, 0)
  t.ok(most < 16_000_000, `${(most / 1e6).toFixed(1)} MB`)
})

for (const kind of ['text', 'bytes']) {
  t.test(`answers of any length, one after the other, are each their own: ${kind}`, async (t) => {
    for (const [index, length] of [70_000, 300_000, 65_536, 65_535, 5_000_000, 200_000, 140_000, 4_194_304, 130_000, 70_000, 1].entries()) {
      const of = letters[index]!
      t.equal(describe(await ask(`${kind}/plain`, length, of)), `${length} ${of}`)
    }
  })

  t.test(`a client that reads late gets what was meant for it: ${kind}`, async (t) => {
    for (const path of ['plain', 'late']) {
      const slow = await begin(`${kind}/${path}`, 4_000_000, 'S')
      for (const of of letters) t.equal(describe(await ask(`${kind}/${path}`, 4_000_000, of)), `4000000 ${of}`)
      t.equal(describe(Buffer.concat(await slow.toArray() as Buffer[])), '4000000 S')
    }
  })

  for (const path of ['hooked', 'ended']) {
    t.test(`what others have kept stays as it was: ${kind}/${path}`, async (t) => {
      app.kept.length = 0
      for (const of of letters) t.equal(describe(await ask(`${kind}/${path}`, 300_000, of)), `300000 ${of}`)
      t.same(app.kept.map((payload) => describe(Buffer.from(payload))), Array.from(letters, (of) => `300000 ${of}`))
    })
  }
}

t.test('answers to requests on one connection that do not wait for each other are each their own', async (t) => {
  const socket = connect(port, '127.0.0.1')
  t.teardown(() => socket.destroy())
  socket.write(Array.from(letters, (of, index) => `GET /text/plain?length=500000&of=${of} HTTP/1.1\r\nhost: a\r\n${index === letters.length - 1 ? 'connection: close\r\n' : ''}\r\n`).join(''))
  const text = Buffer.concat(await socket.toArray() as Buffer[]).toString('latin1')
  const bodies = text.split(/HTTP\/1\.1 200 OK\r\n[^]*?\r\n\r\n/).slice(1)
  t.same(bodies.map((body) => describe(Buffer.from(body))), Array.from(letters, (of) => `500000 ${of}`))
})

t.test('a client that hangs up in the midst of an answer takes nothing from the next one', async (t) => {
  for (const of of letters) {
    const response = await begin('text/plain', 4_000_000, of)
    await once(response, 'data')
    response.destroy()
    const next = of.toUpperCase()
    t.equal(describe(await ask('text/plain', 4_000_000, next)), `4000000 ${next}`)
  }
})
