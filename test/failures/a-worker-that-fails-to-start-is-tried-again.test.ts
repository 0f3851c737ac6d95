import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { build } from '../fixtures/behaviours.js'
import { bootError, pool, registerFixture } from '../support/boot.js'
import { repeatUntil } from '../support/retry.js'
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
      t.match(response.json(), {
        code: 'FST_BLOCKING_QUEUE_TIMEOUT',
        message: /^GET \/tell: no worker was free within 100 ms, since no worker could build the app, for the reason in the log$/
      })
    }
    t.equal(threads.most, 2)

    rmSync(broken)
    await until('the pool is back at its size', () => app.blocking.stats().threads.live === 2)
    t.equal((await app.inject('/tell')).statusCode, 200)
    t.equal(threads.most, 2)
    t.equal(threads.now, 2)
  })
}

t.test('a worker that ends with nothing to do is replaced at growing intervals, until one stays', async (t) => {
  const threads = new ThreadCount()
  const directory = t.testdir()
  const broken = join(directory, 'broken')
  const now = join(directory, 'now')
  const log = join(directory, 'log')
  const app = await build({
    server: { logger: { level: 'error', file: log } },
    exits: { while: broken, when: now },
    plugin: { pool: { minThreads: 1, maxThreads: 1 } },
    routes: { '/exit': { does: 'exit' }, '/tell': { does: 'tell' } }
  })
  t.teardown(() => app.close())
  await app.ready()
  const read = (): string[] => readFileSync(log, 'utf8').split('\n').filter((line) => line.includes('next try'))

  writeFileSync(broken, '')
  await app.inject('/exit')
  for (let tries = 1; tries <= 4; tries++) {
    await until('one has booted', () => app.blocking.stats().threads.live === 1)
    writeFileSync(now, '')
    await until('it has ended', () => read().length >= tries)
    rmSync(now)
  }
  const lines = read()
  t.same(lines.slice(0, 4).map((line) => Number(/next try in (\d+) ms/.exec(line)?.[1])), [100, 200, 400, 800])
  t.ok(lines.some((line) => line.includes('a worker ended with nothing to do')), 'and not only while it booted')
  t.match(JSON.parse(lines.find((line) => line.includes('with nothing to do'))!), { err: { message: 'it exited with code 4' } })
  t.ok(threads.started <= 2 + read().length, 'and not in between')
  t.equal(threads.most, 1)

  rmSync(broken)
  // One that was booted before may still exit.
  let status = 0
  await repeatUntil('one stays', () => status === 200, async () => { status = (await app.inject('/tell')).statusCode })
  t.equal(threads.most, 1)
})

t.test('a thread that cannot be made is an error of ready(), and close() works after it', async (t) => {
  const unhandled: unknown[] = []
  const note = (error: unknown): void => { unhandled.push(error) }
  process.on('unhandledRejection', note)
  t.teardown(() => process.off('unhandledRejection', note))
  const app = await registerFixture('registers-only.js', { pool: { ...pool, maxThreads: 2, minThreads: 2, execArgv: ['--max-old-space-size=100'] } })
  const error = await bootError(app)
  t.match(error, { code: 'FST_BLOCKING_BOOT_FAILED', cause: { code: 'ERR_WORKER_INVALID_EXEC_ARGV' } })
  await new Promise(setImmediate)
  t.same(unhandled, [])
  t.match(app.blocking.stats().threads, { starting: 0, live: 0, retired: 0, exiting: 0 })
})
