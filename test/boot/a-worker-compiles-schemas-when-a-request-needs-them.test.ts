import t from 'tap'
import { until } from '../support/until.js'
import { build, buildWithIds } from './fixtures/many-schemas.js'

const requests: [url: string, payload: unknown, headers?: Record<string, string>][] = [
  ['/items/3', { name: 'spoon' }, { 'X-Tenant': '5' }],
  ['/items/3?page=2', { name: 'spoon', count: '4' }, { 'x-tenant': '5' }],
  ['/items/x', { name: 'spoon' }, { 'x-tenant': '5' }],
  ['/items/3', { name: 's' }, { 'x-tenant': '5' }],
  ['/items/3', { name: 'spoon' }],
  ['/items/3', { name: 'spoon' }, { 'x-tenant': 'five' }],
  ['/colours', { colour: 'red' }],
  ['/colours', { colour: 'green' }],
  ['/colours', { colour: 'red', name: 'r' }],
  ['/root', '12'],
  ['/root', '"12"'],
  ['/root', '"twelve"'],
  ['/async', {}],
  ['/async', { name: { first: 1 } }],
  ['/async-again', {}],
  ...['/prefix', '/prefix/'].flatMap((url): typeof requests => [
    [url, { name: 'spoon' }, { 'X-Tenant': '5' }],
    [url, { name: 'spoon' }, { 'x-tenant': 'five' }],
    [url, { name: 'spoon' }],
    [url, { name: 's' }, { 'x-tenant': '5' }]
  ]),
  ['/again', {}],
  ['/again', { name: 'me' }],
  ['/context', { a: 1 }],
  ['/route', { a: 1 }]
]

const requestsOfIds: typeof requests = [
  ['/refers', { one: { count: '4' } }],
  ['/refers', { one: { count: 'four' } }],
  ['/second', { count: '4' }],
  ['/first', { count: '4' }],
  ['/first', { name: 'spoon', count: 'four' }]
]

type App = Awaited<ReturnType<typeof build>>

async function ask (app: App, asked = requests): Promise<unknown[]> {
  const answers = []
  for (const [url, payload, headers] of asked) {
    const { statusCode, body } = await app.inject({
      method: 'POST',
      url,
      headers: { 'content-type': 'application/json', ...headers },
      payload: typeof payload === 'string' ? payload : JSON.stringify(payload)
    })
    answers.push({ url, payload, statusCode, body })
  }
  return answers
}

async function readCompiled (app: App): Promise<{ atBoot: string[], compiled: string[] }> {
  const { isWorker, ...read } = (await app.inject('/compiled')).json<{ isWorker: boolean, atBoot: string[], compiled: string[] }>()
  if (!isWorker) throw new Error('the route is to be blocking')
  return read
}

for (const isNoting of [false, true]) {
  t.test(`answers are those of the loop, the first and the second time${isNoting ? ', with a factory of the app' : ''}`, async (t) => {
    const [there, here] = [await build({ isNoting }), await build({ isBlocking: false, isNoting })]
    t.teardown(async () => { await Promise.all([there.close(), here.close()]) })
    const expected = await ask(here)
    t.same(await ask(there), expected)
    t.same(await ask(there), expected)
  })
}

t.test('who reads the options of routes finds the compilers that are there on the loop', async (t) => {
  const [there, here] = [await build({}), await build({ isBlocking: false })]
  t.teardown(async () => { await Promise.all([there.close(), here.close()]) })
  const expected = (await here.inject('/options')).json<string[]>().sort()
  t.ok(expected.includes('POST /route function function'))
  t.same((await there.inject('/options')).json<string[]>().sort(), expected)
})

t.test('schemas that a compiler keeps by id are compiled in the order of the loop', async (t) => {
  const here = await buildWithIds({ isBlocking: false })
  t.teardown(() => here.close())
  const expected = await ask(here, requestsOfIds)
  for (const asked of [requestsOfIds, requestsOfIds.slice(2)]) {
    const there = await buildWithIds({ isBlocking: true })
    t.teardown(() => there.close())
    t.same(await ask(there, asked), expected.slice(-asked.length))
  }
})

t.test('at boot only compilers that the app has set compile', async (t) => {
  const app = await build({ isNoting: true })
  t.teardown(() => app.close())
  const { atBoot } = await readCompiled(app)
  t.same(atBoot.sort(), ['context /context body', 'context /context 200', 'route /route body', 'route /route 200'].sort())
  await app.inject({ method: 'POST', url: '/items/3', headers: { 'x-tenant': '5' }, payload: { name: 'spoon' } })
  const { compiled } = await readCompiled(app)
  for (const part of ['params', 'body', 'querystring', 'headers', '200']) {
    t.equal(compiled.filter((what) => what === `factory /items/:id ${part}`).length, 1, part)
  }
})

t.test('while it idles a worker compiles what its blocking routes may need', async (t) => {
  const counts = new Int32Array(new SharedArrayBuffer(4))
  const app = await build({ isNoting: true, counts })
  t.teardown(() => app.close())
  await app.ready()
  const parts = ['params', 'body', 'querystring', 'headers', '200']
  const expected = [
    'context /context body', 'context /context 200', 'route /route body', 'route /route 200',
    ...['/items/:id', '/others/:id'].flatMap((url) => parts.map((part) => `factory ${url} ${part}`)),
    ...['/prefix', '/prefix'].flatMap((url) => parts.map((part) => `factory ${url} ${part}`)),
    ...['/colours', '/root', '/async', '/async-again', '/again'].map((url) => `factory ${url} body`)
  ]
  await until('all is compiled', () => Atomics.load(counts, 0) >= expected.length)
  const { compiled } = await readCompiled(app)
  t.same(compiled.sort(), expected.sort())
})
