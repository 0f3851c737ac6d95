import { existsSync, writeFileSync } from 'node:fs'
import { once } from 'node:events'
import { connect, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { build } from '../fixtures/behaviours.js'
import { until, untilExists } from '../support/until.js'

t.test('of requests that came on one connection, those that waited when it broke are not run', async (t) => {
  const directory = t.testdir()
  const gate = join(directory, 'gate')
  const file = join(directory, 'file')
  const app = await build({
    plugin: { pool: { minThreads: 1, maxThreads: 1 } },
    routes: { '/still': { does: 'standStill' }, '/note': { does: 'note' }, '/tell': { does: 'tell' } }
  })
  t.teardown(() => app.close())
  await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as AddressInfo

  const socket = connect(port, '127.0.0.1')
  const [peer] = await once(app.server, 'connection')
  const paths = [`/still?gate=${gate}`, `/note?file=${file}&text=1`, `/note?file=${file}&text=2`]
  socket.write(paths.map((path) => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`).join(''))
  await untilExists(`${gate}.started`)
  await until('two wait', () => app.blocking.stats().queue === 2)
  socket.destroy()
  await once(peer, 'close')
  writeFileSync(gate, '')

  t.equal((await app.inject('/tell')).statusCode, 200)
  t.notOk(existsSync(file), 'neither was run')
  t.match(app.blocking.stats(), { queue: 0, completed: 1, failed: 3, threads: { live: 1, busy: 0 } })
})
