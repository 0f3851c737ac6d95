import t from 'tap'
import { Listening } from '../fuzz/connection.js'
import { build, handlers, prefixes } from './apps/raw-response.js'

t.test('what a handler does to the raw response is the same on the wire, byte by byte', async (t) => {
  const [loop, worker] = [new Listening(await build({ blocking: false })), new Listening(await build({ blocking: true }))]
  t.teardown(() => Promise.all([loop, worker].map(({ app }) => app.close())))
  await Promise.all([loop.open(), worker.open()])
  let visits = 0
  for (const prefix of prefixes) {
    for (const [index, title] of Object.keys(handlers).entries()) {
      const request = Buffer.from(`GET ${prefix}/${index} HTTP/1.1\r\nhost: app.test\r\n\r\n`)
      const { text } = await loop.talk(request)
      t.match(text, /^HTTP\/1\.1 (200|201|204|299|500) /, `${title}: answered on the loop`)
      t.equal((await worker.talk(request)).text, text, `${prefix} ${title}`)
      t.equal(worker.app.blocking.stats().run.count, ++visits, `${title}: by a worker`)
    }
  }
})
