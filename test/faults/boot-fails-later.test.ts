import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { build } from '../fixtures/behaviours.js'
import { ThreadCount } from '../support/threads.js'
import { until } from '../support/until.js'

interface Line {
  msg: string
  err: { code: string, message: string }
}

function readLines (file: string): Line[] {
  return readFileSync(file, 'utf8').split('\n').filter((line) => line.includes('failed to start')).map((line) => JSON.parse(line) as Line)
}

for (const does of ['throw', 'exit']) {
  t.test(`a worker that fails to boot later on is tried again at growing intervals, until it boots: ${does}`, async (t) => {
    const threads = new ThreadCount()
    const directory = t.testdir()
    const broken = join(directory, 'broken')
    const log = join(directory, 'log')
    const app = await build({
      server: { logger: { level: 'error', file: log } },
      breaks: { while: broken, does },
      plugin: { queue: { timeout: 100 }, pool: { minThreads: 2, maxThreads: 2 } },
      routes: { '/exit': { does: 'exit' }, '/tell': { does: 'tell' } }
    })
    t.teardown(() => app.close())
    await app.ready()

    writeFileSync(broken, '')
    await Promise.all([app.inject('/exit'), app.inject('/exit')])
    await until('it was tried three times', () => readLines(log).length >= 3)
    const waits = readLines(log).slice(0, 3).map(({ msg }) => Number(/next try in (\d+) ms/.exec(msg)?.[1]))
    t.same(waits, [100, 200, 400])
    t.match(readLines(log)[0]?.err, {
      code: 'FST_BLOCKING_BOOT_FAILED',
      message: does === 'throw' ? /thrown while building/ : /exited with code 4/
    })

    t.ok(threads.started <= 2 + readLines(log).length + 1, 'and not in between')

    const meanwhile = await Promise.all([app.inject('/tell'), app.inject('/tell')])
    for (const response of meanwhile) {
      t.equal(response.statusCode, 503)
      t.match(response.json(), { code: 'FST_BLOCKING_QUEUE_TIMEOUT' })
    }
    t.equal(threads.most, 2)

    rmSync(broken)
    await until('the pool is back at its size', () => app.blocking.stats().threads.live === 2)
    t.equal((await app.inject('/tell')).statusCode, 200)
    t.equal(threads.most, 2)
    t.equal(threads.now, 2)
  })
}
