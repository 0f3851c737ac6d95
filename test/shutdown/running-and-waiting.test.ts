import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { build } from '../fixtures/behaviours.js'
import { get } from '../support/get.js'
import { ThreadCount } from '../support/threads.js'
import { until, untilExists } from '../support/until.js'

for (const does of ['standStill', 'wait']) {
  t.test(`close lets what runs finish, refuses what waits, and resolves when all threads have exited: ${does}`, async (t) => {
    const threads = new ThreadCount()
    const directory = t.testdir()
    const gate = join(directory, 'gate')
    const closed = join(directory, 'closed')
    const app = await build({
      server: { return503OnClosing: false },
      closes: { does: 'note', file: closed },
      plugin: { pool: { minThreads: 2, maxThreads: 2 } },
      routes: { '/run': { does }, '/tell': { does: 'tell' } }
    })
    const origin = await app.listen({ port: 0, host: '127.0.0.1' })

    const running = [get(`${origin}/run?gate=${gate}`), get(`${origin}/run?gate=${gate}`)]
    await until('both run', () => app.blocking.stats().threads.busy === 2)
    await untilExists(`${gate}.started`)
    const waiting = [get(`${origin}/tell`), get(`${origin}/tell`), get(`${origin}/tell`)]
    await until('three wait', () => app.blocking.stats().queue === 3)

    let isClosed = false
    const close = app.close().then(() => { isClosed = true })
    for (const response of await Promise.all(waiting)) {
      t.equal(response.status, 503)
      t.ok(response.retryAfter)
      t.match(response.body, { code: 'FST_BLOCKING_CLOSING' })
    }
    t.notOk(isClosed, 'two still run')
    t.equal(threads.now, 2)
    writeFileSync(gate, '')
    for (const response of await Promise.all(running)) t.equal(response.status, 200)
    await close
    t.equal(threads.now, 0, 'all threads have exited')
    t.equal(threads.started, 2)
    t.equal(readFileSync(closed, 'utf8').trim().split('\n').length, 2, 'the onClose hooks of both replicas have run')
    t.match(app.blocking.stats(), { queue: 0, killed: 0, completed: 2, failed: 3, threads: { live: 0, busy: 0, starting: 0, exiting: 0 } })
  })
}
