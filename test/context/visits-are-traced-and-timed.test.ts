import { tracingChannel } from 'node:diagnostics_channel'
import { join } from 'node:path'
import t from 'tap'
import { build } from '../fixtures/behaviours.js'
import { held, HeldTimers } from '../support/held-timers.js'
import { until, untilExists } from '../support/until.js'
import { build as buildSlowly } from './fixtures/clock.js'

interface Trace {
  route: string
  wait?: number
  run?: number
  error?: Error & { code?: string }
}

t.test('the tracing channel fastify.blocking.visit tells each visit from its begin to its end', async (t) => {
  const limit = new HeldTimers(t)
  const gate = join(t.testdir(), 'gate')
  const events: Array<[event: string, route: string]> = []
  const ended: Trace[] = []
  const note = (event: string) => (message: unknown): void => {
    const trace = message as Trace
    events.push([event, trace.route])
    if (event === 'asyncEnd') ended.push(trace)
  }
  const subscribers = { start: note('start'), end: note('end'), asyncStart: note('asyncStart'), asyncEnd: note('asyncEnd'), error: note('error') }
  const channel = tracingChannel('fastify.blocking.visit')
  channel.subscribe(subscribers)
  t.teardown(() => channel.unsubscribe(subscribers))

  const app = await build({
    plugin: { grace: 20, pool: { minThreads: 1, maxThreads: 1 }, queue: { max: 0 } },
    routes: { '/tell': { does: 'tell' }, '/loop': { does: 'loop', blocking: { timeout: held } } }
  })
  t.teardown(() => app.close())

  await app.inject('/tell')
  t.strictSame(events, ['start', 'end', 'asyncStart', 'asyncEnd'].map((event) => [event, 'GET /tell']))
  t.match(ended, [{ wait: Number, run: Number, error: undefined }])

  events.length = 0
  const loops = app.inject(`/loop?gate=${gate}`).then()
  const full = await app.inject('/tell')
  await untilExists(`${gate}.started`)
  await limit.runOut()
  const late = await loops
  t.strictSame([late.statusCode, full.statusCode], [503, 503])
  t.strictSame(events.filter(([, route]) => route === 'GET /tell').map(([event]) => event).sort(), ['asyncEnd', 'asyncStart', 'end', 'error', 'start'])
  t.match(ended[1], { error: { code: 'FST_BLOCKING_QUEUE_FULL' }, wait: undefined, run: undefined })

  const looped = (): Trace | undefined => ended.find(({ route }) => route === 'GET /loop')
  await until('the thread is gone', () => looped() !== undefined)
  t.match(looped(), { error: { code: 'FST_BLOCKING_TIMEOUT' }, wait: Number, run: Number })
})

t.test('a thread that stands still while it starts has the same clock as the others', async (t) => {
  const app = await buildSlowly()
  t.teardown(() => app.close())
  for (let times = 0; times < 10; times++) {
    const { json, headers } = await app.inject('/')
    const there = json<{ elapsed: number }>().elapsed
    const [before, after] = [Number(headers['x-before']), Number(headers['x-after'])]
    t.ok(before > 0 && before <= there && there <= after, `${before} ≤ ${there} ≤ ${after}`)
  }
})
