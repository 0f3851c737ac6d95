import { once } from 'node:events'
import type { AddressInfo, Socket } from 'node:net'
import t from 'tap'
import { send } from '../support/hang-up.js'
import { Journal } from '../support/journal.js'
import { until } from '../support/until.js'
import { build, handlers } from './fixtures/chains.js'

const only = ['l', 'w', 'lwlw', 'LWLW']
const log = new Journal()
const app = await build({ only, log: log.file })
t.teardown(() => app.close())
await app.listen({ port: 0, host: '127.0.0.1' })
const { port } = app.server.address() as AddressInfo
let requests = 0

/** Hangs up when all of the answer has come, and waits until the server has noticed. */
async function hangUpAfter (path: string, last: string): Promise<string> {
  const connected = once(app.server, 'connection') as Promise<[Socket]>
  const socket = await send(port, path)
  const [accepted] = await connected
  const noticed = new Promise((resolve) => { accepted.once('close', resolve) })
  let answer = ''
  for await (const piece of socket.setEncoding('utf8')) {
    answer += piece as string
    if (answer.endsWith(last)) break
  }
  socket.destroy()
  await noticed
  requests++
  return answer
}

for (const chain of only) {
  t.test(`a client that hangs up when it has its answer changes nothing: ${chain}`, async (t) => {
    const names = [...chain.toLowerCase()].map((letter, index) => `${letter}${index}`)
    const ended = [...names.map((name) => `open ${name}`), 'handle', ...names.toReversed().map((name) => `close ${name}`)]
    for (const handler of handlers) {
      const journal = new Journal()
      t.match(await hangUpAfter(`/${chain}/${handler}${journal.query()}`, '}'), /^HTTP\/1.1 200 /)
      t.same(journal.read(), ended, handler)
      if (handler.startsWith('blocking')) continue

      const streamed = new Journal()
      streamed.go()
      t.match(await hangUpAfter(`/${chain}/${handler}${streamed.query({ handler: { payload: 'stream' } })}`, '0\r\n\r\n'), /^HTTP\/1.1 200 /)
      await until('it is torn down', () => streamed.read().includes(`close ${names[0]}`))
      t.same(streamed.read().filter((line) => line !== 'streamed'), ended, `${handler}, a stream`)
    }
  })
}

t.test('nothing was logged, and no request has failed', async (t) => {
  t.same(log.read(), [])
  await until('no thread is busy', () => app.blocking.stats().threads.busy === 0)
  t.match(app.blocking.stats(), { queue: 0, killed: 0, failed: 0, threads: { live: 1 } })
  t.equal(requests, only.length * (handlers.length + 3))
})
