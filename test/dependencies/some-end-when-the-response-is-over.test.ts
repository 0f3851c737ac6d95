import type { AddressInfo } from 'node:net'
import { dependency } from 'fastify-blocking'
import t from 'tap'
import { bootError, registerFixture } from '../support/boot.js'
import { send } from '../support/hang-up.js'
import { until } from '../support/until.js'
import { build, lines, sides, told } from './fixtures/late.js'

const app = await build()
t.teardown(() => app.close())
const origin = await app.listen({ port: 0, host: '127.0.0.1' })

t.beforeEach(async () => {
  await until('the thread is free', () => app.blocking.stats().threads.busy === 0)
  lines.length = 0
})

const other = (side: string): string => side === 'loop' ? 'worker' : 'loop'

for (const side of sides) {
  for (const handler of sides) {
    const path = `/${side}/${handler}`
    const at = `the first on the ${side}, handler on the ${handler}`
    const late = [`third on the ${side}`, `second on the ${other(side)}`, `first on the ${side}`]

    for (const name of ['fine', 'text']) {
      t.test(`they end last in, first out, after the response: ${at}, ${name}`, async (t) => {
        t.equal((await fetch(`${origin}${path}/${name}`)).status, 200)
        await until('all have ended', () => told().length === 5)
        t.same(told(), [`early on the ${other(side)}`, 'response', ...late])
      })
    }

    t.test(`background work is done before those of its side end: ${at}`, async (t) => {
      t.equal((await app.inject(`${path}/background`)).statusCode, 200)
      await until('all have ended', () => told().length === 6)
      t.same(told().filter((line) => / on /.test(line)), [`early on the ${other(side)}`, ...late])
      const isBefore = (line: string): boolean => told().indexOf('task') < told().indexOf(line)
      t.ok(late.filter((line) => line.endsWith(handler)).every(isBefore), 'those on its side')
    })

    t.test(`they end after a stream: ${at}`, async (t) => {
      t.equal(await (await fetch(`${origin}${path}/stream`)).text(), 'ab')
      await until('all have ended', () => told().length === 6)
      t.equal(told()[0], 'streamed')
      t.same(told().filter((line) => / on /.test(line)), [`early on the ${other(side)}`, ...late])
    })

    t.test(`an error of the request ends them with the others, before the answer: ${at}`, async (t) => {
      const response = await fetch(`${origin}${path}/throws`)
      t.equal(response.status, 409)
      await until('the response is over', () => told().includes('response'))
      t.same(told(), ['early: thrown', 'third: thrown', 'second: thrown', 'first: thrown', 'response'])
    })

    t.test(`an error of a teardown before the answer is answered, and ends them: ${at}`, async (t) => {
      const response = await fetch(`${origin}${path}/fails-early`)
      t.same([response.status, (await response.json() as { message: string }).message], [500, 'early could not commit'])
      await until('the response is over', () => told().includes('response'))
      t.same(told(), [...['third', 'second', 'first'].map((name) => `${name}: early could not commit`), 'response'])
    })

    for (const [index, name] of ['third', 'second', 'first'].entries()) {
      t.test(`an error of their teardown is logged, and thrown into those that end later: ${at}, ${name}`, async (t) => {
        const response = await fetch(`${origin}${path}/fails-${name}`)
        t.equal(response.status, 200)
        const rest = ['third', 'second', 'first'].slice(index + 1).map((later) => `${later}: ${name} could not commit`)
        await until('all have ended', () => told().length === 5 && lines.some(({ err }) => err !== undefined))
        t.same(told().filter((line) => / /.test(line)), [`early on the ${other(side)}`, ...late.slice(0, index), ...rest])
        const logged = lines.filter(({ err }) => err !== undefined)
        t.equal(logged.length, 1)
        t.match(logged[0], { level: 50, err: { message: `${name} could not commit` }, msg: /^fastify-blocking: the teardown of dependency .* failed after the response$/ })
      })
    }

    t.test(`a client that hangs up before it has all of the answer is told to them: ${at}`, async (t) => {
      for (const [url, names] of [[`${path}/large`, ['third', 'second', 'first']], [`${path}/alone/large`, ['alone']]] as const) {
        lines.length = 0
        const socket = await send((app.server.address() as AddressInfo).port, url)
        socket.once('readable', () => socket.destroy())
        await until('all have ended', () => names.every((name) => told().some((line) => line.startsWith(`${name}: `))))
        t.same(told().filter((line) => line.includes(': ')), names.map((name) => `${name}: GET ${url}: the client has hung up`))
      }
    })

    t.test(`an error of an onSend hook is told to them: ${at}`, async (t) => {
      const response = await fetch(`${origin}${path}/unsent`)
      t.equal(response.status, 500)
      await until('all have ended', () => told().length === 5)
      t.same(told().filter((line) => / /.test(line)).slice(-3), ['third: unsent', 'second: unsent', 'first: unsent'])
    })

    t.test(`one alone: ${at}`, async (t) => {
      for (const name of ['fine', 'text', 'background', 'stream']) {
        lines.length = 0
        t.equal((await fetch(`${origin}${path}/alone/${name}`)).status, 200)
        const isDone = (): boolean => name !== 'background' || told().includes('task')
        await until('it has ended', () => told().includes(`alone on the ${side}`) && isDone())
        // Background work of the other side may end later.
        if (name !== 'background' || side === handler) t.equal(told().at(-1), `alone on the ${side}`)
      }
    })
  }
}

t.test('who ends later than what it needs fails the boot', async (t) => {
  const endsAt = 'onResponse'
  const app = await registerFixture('registers-only.js')
  const session = dependency(function * () { yield 'session' })
  const account = dependency({ dependencies: { session } }, () => 'account')
  const audit = dependency({ endsAt, dependencies: { account } }, function * () { yield 'audit' })
  app.get('/', { dependencies: { audit } }, async () => 'never')
  t.match(await bootError(app), {
    code: 'FST_BLOCKING_DEPENDENCY_OUTLIVES', message: 'GET / → audit ends at "onResponse", but needs account → session'
  })
})
