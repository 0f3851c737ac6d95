import t from 'tap'
import { runToEnd } from '../support/app-process.js'
import { fixturesOf } from '../support/fixtures.js'
import { monitors } from '../support/monitors.js'

const fixture = fixturesOf(import.meta.url)

// Loaded after the monitors are counted.
const { buildMeasured } = await import('./fixtures/typed.js')
const { Registry } = await import('prom-client')

t.test('a monitor of the event loop runs while metrics go somewhere, one for each registry, and else none is made', async (t) => {
  for (const metrics of [undefined, {}, { prometheus: false, openTelemetry: false }, { openTelemetry: true }]) {
    const app = await buildMeasured({}, metrics)
    t.teardown(() => app.close())
    await app.ready()
    t.equal((await app.inject('/tell')).statusCode, 200)
    t.equal(monitors.made, 0, JSON.stringify(metrics))
    await app.close()
  }
  const registry = new Registry()
  const apps = [await buildMeasured({}, { prometheus: registry }), await buildMeasured({}, { prometheus: registry })]
  for (const app of apps) {
    t.teardown(() => app.close())
    await app.ready()
    t.same(monitors, { made: 1, running: 1 })
  }
  await apps[0]!.close()
  t.equal(monitors.running, 1)
  await apps[1]!.close()
  t.equal(monitors.running, 0)
})

t.test('nothing of metrics is loaded where they are off, as the same process shows where they are on', async (t) => {
  for (const wanted of ['off', 'on']) {
    const { code, stdout, stderr } = await runToEnd(t, [fixture('loads.js'), wanted])
    t.equal(code, 0, stderr)
    t.same(JSON.parse(stdout), { loop: true, client: wanted === 'on', metrics: wanted === 'on', advice: false })
  }
})

t.test('where prom-client is missing, the registration fails, and says what to do', async (t) => {
  for (const [option, name] of [['prometheus', 'prom-client'], ['openTelemetry', '@opentelemetry/api']]) {
    const { code, stdout, stderr } = await runToEnd(t, ['--import', fixture('hide.js'), fixture('needs.js'), option!, name!])
    t.equal(code, 0, stderr)
    t.same(JSON.parse(stdout), {
      code: 'FST_BLOCKING_MISSING_PACKAGE',
      message: `fastify-blocking: option metrics.${option} needs the package ${name}, which could not be imported; run \`npm install ${name}\`, or leave the option out`,
      cause: 'ERR_MODULE_NOT_FOUND'
    })
  }
})
