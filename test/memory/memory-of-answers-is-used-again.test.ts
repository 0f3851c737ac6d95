import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { get, type IncomingMessage, ServerResponse } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import t from 'tap'
import { isPoolable, BufferPool } from '../../dist/wire/buffer-pool.js'
import { runToEnd } from '../support/app-process.js'
import { fixturesOf } from '../support/fixtures.js'
import { build, isUsedAgain, texts } from './fixtures/filled.js'

const fixture = fixturesOf(import.meta.url)
const app = await build()
t.teardown(() => app.close())
await app.listen({ host: '127.0.0.1', port: 0 })
const { port } = app.server.address() as AddressInfo

const MB = 1_048_576
const letters = 'abcdefghijklmnopqrstuvwxyz'

async function open (path: string): Promise<IncomingMessage> {
  const [response] = await once(get({ host: '127.0.0.1', port, path, agent: false }), 'response') as [IncomingMessage]
  return response
}

async function begin (kind: string, length: number, of: string): Promise<IncomingMessage> {
  return await open(`/${kind}?length=${length}&of=${of}`)
}

async function ask (kind: string, length: number, of: string): Promise<Buffer> {
  return Buffer.concat(await (await begin(kind, length, of)).toArray() as Buffer[])
}

/** What is in it, if it is the same all over, and how long it is. */
function describe (bytes: Buffer): string {
  const [first] = bytes
  return `${bytes.length} ${bytes.every((byte) => byte === first) ? String.fromCharCode(first!) : 'mixed'}`
}

for (const [name, text] of Object.entries(texts)) {
  t.test(`nothing of what was there leaves with a text: ${name}`, async (t) => {
    await ask('bytes/plain', 131_072, 'z')
    app.kept.length = 0
    const body = Buffer.concat(await (await open(`/texts/${encodeURIComponent(name)}`)).toArray() as Buffer[])
    t.equal(describe(Buffer.from(app.kept[0]!.buffer).subarray(body.length)), `${131_072 - body.length} z`, 'it is the memory that was there')
    t.equal(Buffer.compare(body, Buffer.from(text)), 0)
  })
}

t.test('nothing of what was there leaves with bytes', async (t) => {
  await ask('bytes/plain', 131_072, 'z')
  app.kept.length = 0
  t.equal(describe(await ask('bytes/ended', 70_000, 'b')), '70000 b')
  t.equal(describe(Buffer.from(app.kept[0]!.buffer).subarray(70_000)), '61072 z', 'it is the memory that was there')
})

t.test('where hooks are about to see them memory is new, and no longer than they are', async (t) => {
  app.kept.length = 0
  await ask('bytes/hooked', 70_000, 'b')
  t.equal(app.kept[0]!.buffer.byteLength, 70_000)
})

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

t.test('memory of an answer is used again where the response is as Node has made it', async (t) => {
  t.ok(await isUsedAgain(app, '/bytes/plain'))
})

t.test('not where the response is of another class', async (t) => {
  class Other extends ServerResponse {}
  const other = await build({ http: { ServerResponse: Other } })
  t.teardown(() => other.close())
  await other.listen({ host: '127.0.0.1', port: 0 })
  t.notOk(await isUsedAgain(other, '/bytes/plain'))
})

for (const [method, path] of [['write', '/bytes/written'], ['end', '/bytes/ended']] as const) {
  t.test(`nor where it has another ${method}()`, async (t) => {
    t.notOk(await isUsedAgain(app, path))
  })

  t.test(`nor anywhere once an agent has replaced ${method}() of all, after the package was loaded`, async (t) => {
    const { [method]: original } = ServerResponse.prototype
    Object.defineProperty(ServerResponse.prototype, method, { value (...parameters: never) { return Reflect.apply(original, this, parameters) }, configurable: true, writable: true })
    t.teardown(() => Reflect.deleteProperty(ServerResponse.prototype, method))
    t.notOk(await isUsedAgain(app, '/bytes/plain'))
  })

  t.test(`nor anywhere where an agent has replaced ${method}() of all before the package was loaded`, async (t) => {
    t.match(await runToEnd(t, [fixture('patched-before.js'), method]), { code: 0, stdout: /^false$/m })
  })
}

t.test('of more than 4 MB that are kept the oldest is left to the collector', async (t) => {
  const pool = new BufferPool()
  const all = Array.from({ length: 10 }, () => new ArrayBuffer(MB))
  for (const memory of all) pool.add(memory)
  const kept = pool.takeAll()!
  t.equal(kept.length, 4)
  for (const [index, memory] of kept.entries()) t.equal(memory, all[6 + index])
})

t.test('what has been taken is not there any more', async (t) => {
  const pool = new BufferPool()
  const memory = new ArrayBuffer(MB)
  pool.add(memory)
  t.equal(pool.allocate(MB).buffer, memory)
  t.not(pool.allocate(MB).buffer, memory)
  pool.add(memory)
  t.equal(pool.takeAll()![0], memory)
  t.equal(pool.takeAll(), undefined)
})

t.test('memory twice as long as it need be is not filled', async (t) => {
  const pool = new BufferPool()
  const memory = new ArrayBuffer(MB)
  pool.add(memory)
  t.not(pool.allocate(MB / 2).buffer, memory)
  t.equal(pool.allocate(MB / 2 + 1).buffer, memory)
})

t.test('neither the short nor the long is worth keeping', async (t) => {
  t.same([65_535, 65_536, 4 * MB, 4 * MB + 1].map((length) => isPoolable(new ArrayBuffer(length))), [false, true, true, false])
})

t.test('of what is not worth it memory is no longer than what is in it', async (t) => {
  const pool = new BufferPool()
  t.same([1, 65_535, 65_537, 4 * MB, 4 * MB + 1].map((length) => pool.allocate(length).buffer.byteLength), [1, 65_535, 131_072, 4 * MB, 4 * MB + 1])
})
