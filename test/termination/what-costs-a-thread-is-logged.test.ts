import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { held, HeldTimers } from '../support/held-timers.js'
import { until, untilExists } from '../support/until.js'
import { build } from './fixtures/costly.js'

interface Line { level: number, msg: string, reqId?: string, route?: string, ran?: number }

/** An app, and the warnings that it has logged of threads that were terminated. */
async function start (t: Test, grace: number, recycle?: object) {
  const lines: Line[] = []
  const gate = join(t.testdir(), 'gate')
  const app = await build({ limit: held, gate, grace, ...(recycle && { recycle }) }, { write: (line: string) => { lines.push(JSON.parse(line) as Line) } })
  t.teardown(() => app.close())
  await app.ready()
  return { app, gate, killed: (): Line[] => lines.filter(({ msg }) => msg.includes('terminated')) }
}

t.test('a request or a call that does not end costs a thread, and is named once', async (t) => {
  const { app, gate, killed } = await start(t, 10)
  const cases: [path: string, route: string, isOfRequest: boolean][] = [
    ['/spin', 'GET /spin', true], ['/offloading', 'offload spin', false], ['/nested', 'offload spin', false]
  ]
  for (const [index, [path, route, isOfRequest]] of cases.entries()) {
    await t.test(path, async (t) => {
      const limit = new HeldTimers(t)
      rmSync(`${gate}.begun`, { force: true })
      const answer = app.inject(path).then()
      await untilExists(`${gate}.begun`)
      await limit.runOut()
      t.not((await answer).statusCode, 200)
      t.equal((await app.inject('/tell')).body, 'told', 'another thread')
      t.equal(app.blocking.stats().killed, index + 1)
      t.equal(killed().length, index + 1)
      const { level, msg, reqId, route: told, ran } = killed()[index]!
      t.equal(level, 40)
      t.match(msg, new RegExp(`^fastify-blocking: thread \\d+ is terminated: ${route} was to end, and has run for ${ran} ms; no \`finally\` of it runs, see docs/threads\\.md$`))
      t.match(reqId, isOfRequest ? /^req-/ : undefined)
      t.equal(told, route)
      t.type(ran, 'number')
    })
  }
})

for (const [title, path, grace] of [
  ['ends when it is to end', '/heeds', 100_000], ['may not be terminated', '/kept', 10]
] as const) {
  t.test(`a request that ${title} costs no thread`, async (t) => {
    const { app, gate, killed } = await start(t, grace)
    const limit = new HeldTimers(t)
    const answer = app.inject(path).then()
    await untilExists(`${gate}.begun`)
    await limit.runOut()
    t.equal((await answer).statusCode, 503)
    writeFileSync(gate, '')
    t.equal((await app.inject('/tell')).body, 'told')
    await until('nothing else is left', () => {
      const { live, retired, exiting } = app.blocking.stats().threads
      return live === 1 && retired + exiting === 0
    })
    t.equal(app.blocking.stats().killed, 0)
    t.same(killed(), [])
  })
}

t.test('a thread that is replaced by option recycle, or ends with the server, is not named', async (t) => {
  const { app, killed } = await start(t, 100_000, { requests: 1 })
  t.equal((await app.inject('/tell')).body, 'told')
  await until('its successor is there alone', () => {
    const { live, starting, exiting } = app.blocking.stats().threads
    return app.blocking.stats().boots.completed === 2 && live === 1 && starting + exiting === 0
  })
  await app.close()
  t.same(killed(), [])
})
