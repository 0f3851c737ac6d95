import t, { type Test } from 'tap'
import { runToEnd } from '../support/app-process.js'
import { fixturesOf } from '../support/fixtures.js'

const script = fixturesOf(import.meta.url)('advised-process.js')

async function run (t: Test, environment: string, parameters: string[]): Promise<unknown> {
  const { code, stdout, stderr } = await runToEnd(t, parameters, { NODE_ENV: environment })
  t.equal(code, 0, stderr)
  return JSON.parse(stdout)
}

const watched = { advice: 0, threads: 1, samples: 1, warnings: [] }
const off = { advice: 'FST_BLOCKING_ADVICE_OFF', threads: 0, samples: 0, warnings: [] }
const unavailable = { advice: 0, threads: 0, samples: 0 }

for (const environment of ['development', '']) {
  t.test(`the loop is watched where NODE_ENV is "${environment}", and the process ends with its server`, async (t) => {
    t.same(await run(t, environment, [script]), watched)
    t.same(await run(t, environment, [script, '{ "advice": false }']), off)
  })
}

for (const environment of ['production', 'test']) {
  t.test(`where it is "${environment}" nothing of it is there unless the option asks for it`, async (t) => {
    t.same(await run(t, environment, [script]), off)
    t.same(await run(t, environment, [script, '{ "advice": true }']), watched)
  })
}

t.test('a debugger is not disturbed, and who has asked for advice is told so', async (t) => {
  t.same(await run(t, '', ['--inspect=0', script]), { ...unavailable, warnings: [] })
  t.same(await run(t, '', ['--inspect=0', script, '{ "advice": true }']), { ...unavailable, warnings: ['FST_BLOCKING_ADVICE_UNAVAILABLE'] })
})

t.test('an app in a worker thread cannot be looked into', async (t) => {
  t.same(await run(t, '', [script, 'in-a-thread']), { ...unavailable, warnings: [] })
  t.same(await run(t, '', [script, 'in-a-thread', '{ "advice": true }']), { ...unavailable, warnings: ['FST_BLOCKING_ADVICE_UNAVAILABLE'] })
})

t.test('dispatch "measured" has the loop watched wherever it can be, and warns where it cannot', async (t) => {
  const measured = '{ "dispatch": "measured" }'
  t.same(await run(t, 'production', [script, measured]), { ...watched, advice: 'FST_BLOCKING_ADVICE_OFF' })
  t.match(await run(t, 'production', [script, 'in-a-thread', measured]), { threads: 0, warnings: [/^fastify-blocking: dispatch "measured" goes by the synchronous part of handlers alone, .*since the app runs in a worker thread/] })
})
