import { once } from 'node:events'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import t from 'tap'
import { readAnswers } from '../support/upload.js'
import { build } from './fixtures/bodies.js'

const app = await build()
t.teardown(() => app.close())
const taken: boolean[] = []
// Of one that went with its request the loop has read all, whatever the handler did.
app.addHook('onSend', async ({ raw }) => { taken.push(raw.readableDidRead) })
await app.listen({ port: 0, host: '127.0.0.1' })

async function open (): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port: (app.server.address() as AddressInfo).port, noDelay: true })
  await once(socket, 'connect')
  return socket
}

function post (path: string, type: string, length: number): string {
  return `POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-type: ${type}\r\ncontent-length: ${length}\r\n\r\n`
}

const json = (length: number): string => JSON.stringify('x'.repeat(length - 2))

t.test('if it came in one piece with the head', async (t) => {
  const socket = await open()
  for (const [path, type, body, answer] of [
    ['/parsed', 'application/json', json(1_000), { length: 1_000 }],
    ['/parsed', 'application/json', json(2), { length: 2 }],
    ['/read', 'application/x-stream', 'x', { length: 1 }],
    ['/none', 'application/x-stream', 'x'.repeat(10_000), { none: true }]
  ] as const) {
    taken.length = 0
    socket.write(post(path, type, body.length) + body)
    const [answered] = await readAnswers(socket, 1)
    t.equal(answered!.status, 200)
    t.match(JSON.parse(answered!.body), answer, path)
    t.same(taken, [true], path)
  }
  socket.destroy()
})

t.test('not if it came later, or if there is more of it', async (t) => {
  const [half, rest] = [json(1_000).slice(0, 500), json(1_000).slice(500)]
  for (const [together, after] of [['', [json(1_000)]], ['', [half, rest]], [half, [rest]], ['', [json(200_000)]]] as const) {
    const socket = await open()
    const length = together.length + after.join('').length
    socket.write(post('/parsed', 'application/json', length) + together)
    for (const part of after) {
      // It waits in its thread for the rest.
      while (app.blocking.stats().threads.busy === 0) await nextTurn()
      socket.write(part)
    }
    const [answer] = await readAnswers(socket, 1)
    t.equal(answer!.status, 200)
    t.match(JSON.parse(answer!.body), { length })
    socket.destroy()
  }
})

t.test('several of them on one connection that do not wait for each other', async (t) => {
  const socket = await open()
  const lengths = Array.from({ length: 50 }, (_, index) => 2 + index * 37)
  socket.write(lengths.map((length) => post('/parsed', 'application/json', length) + json(length)).join(''))
  const answers = await readAnswers(socket, lengths.length)
  t.same(answers.map(({ status, body }) => [status, JSON.parse(body).length]), lengths.map((length) => [200, length]))
  socket.destroy()
})
