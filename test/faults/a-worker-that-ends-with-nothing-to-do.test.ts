import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { build } from '../fixtures/behaviours.js'
import { ThreadCount } from '../support/threads.js'
import { until } from '../support/until.js'

t.test('is replaced at growing intervals, until one stays', async (t) => {
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
  while ((await app.inject('/tell')).statusCode !== 200);
  t.equal(threads.most, 1)
})
