import type { AddressInfo } from 'node:net'
import { dependency } from 'fastify-blocking'
import t from 'tap'
import { createGate, open } from '../background/fixtures/chores.js'
import { bootError, registerFixture } from '../support/boot.js'
import { send } from '../support/hang-up.js'
import { until } from '../support/until.js'
import { build, lines, noErrors, sides, told } from './fixtures/before-serialization.js'

const app = await build()
t.teardown(() => app.close())
const origin = await app.listen({ port: 0, host: '127.0.0.1' })

t.beforeEach(async () => {
  await until('the thread is free', () => app.blocking.stats().threads.busy === 0)
  lines.length = 0
})

const other = (side: string): string => side === 'loop' ? 'worker' : 'loop'
const thrown = (message: string, ...names: string[]): string[] => names.map((name) => `${name}: ${message}`)

for (const side of sides) {
  for (const handler of sides) {
    const path = `/${side}/${handler}`
    const at = `the first on the ${side}, handler on the ${handler}`
    const early = [`third on the ${side}`, `second on the ${other(side)}`, `first on the ${side}`]
    const later = `later on the ${other(side)}`
    const last = `last on the ${other(side)}`
    const ask = async (url: string): Promise<Response> => await fetch(`${origin}${path}/${url}`)

    for (const name of ['fine', 'sent']) {
      t.test(`they end last in, first out, after the hooks and before the answer is serialized: ${at}, ${name}`, async (t) => {
        const response = await ask(name)
        t.same([response.status, await response.json()], [200, { is: name }])
        t.equal(response.headers.get('ended'), 'third, second, first, later', 'and may set headers')
        await until('all have ended', () => told().includes(last))
        t.same(told().filter((line) => line !== 'onSend'), ['preSerialization', ...early, `serialized on the ${handler}`, later, last])
      })
    }

    t.test(`with an answer that is not serialized they end with the others: ${at}`, async (t) => {
      t.equal(await (await ask('text')).text(), 'text')
      await until('all have ended', () => told().includes(last))
      t.same(told().filter((line) => / on /.test(line) && line !== last && line !== later), early)
      t.notOk(told().includes('preSerialization'))
      lines.length = 0
      t.equal(await (await ask('stream')).text(), 'ab')
      await until('all have ended', () => told().includes(last))
      t.same(told().filter((line) => / on |streamed/.test(line) && line !== last && line !== later), ['streamed', ...early])
    })

    t.test(`an error of the handler ends them as it does the others: ${at}`, async (t) => {
      t.equal((await ask('throws')).status, 409)
      await until('all have ended', () => told().filter((line) => line.endsWith(': thrown')).length === 5)
      t.same(told().filter((line) => /^(first|second|third)/.test(line)), thrown('thrown', 'third', 'second', 'first'))
    })

    for (const [index, name] of ['third', 'second', 'first'].entries()) {
      t.test(`an error of their teardown is answered, and thrown into those that end after it: ${at}, ${name}`, async (t) => {
        const response = await ask(`fine?fails=${name}`)
        const message = `${name} could not commit`
        t.same([response.status, (await response.json() as { message: string }).message], [500, message])
        await until('all have ended', () => told().filter((line) => line.endsWith(`: ${message}`)).length === 4 - index)
        t.same(told().filter((line) => /^(first|second|third)/.test(line)),
          [...early.slice(0, index), ...thrown(message, ...['third', 'second', 'first'].slice(index + 1))])
        t.same(told().filter((line) => /^la/.test(line)).sort(), thrown(message, 'last', 'later'))
        t.notOk(told().some((line) => line.startsWith('serialized')), 'the answer was not serialized')
      })
    }

    t.test(`a teardown may throw what is no error: ${at}`, async (t) => {
      for (const name of Object.keys(noErrors)) {
        lines.length = 0
        for (const url of ['alone/fine', 'plain']) {
          // The first phase ends on the loop once the worker has answered. Any other value crosses, and becomes an error.
          const crosses = side !== handler && !(side === 'loop' && url === 'plain')
          t.equal((await ask(`${url}?throws=${name}`)).status, name === 'object' && !crosses ? 409 : 500, `${url}, ${name}`)
        }
        t.equal(told().filter((line) => line.startsWith('serialized')).length, 1, 'only the answer of those that end later')
      }
    })

    t.test(`an answer that cannot be serialized does not reach them any more: ${at}`, async (t) => {
      t.equal((await ask('broken')).status, 500)
      await until('all have ended', () => told().filter((line) => line.endsWith(': cannot be serialized')).length === 2)
      t.same(told().filter((line) => line !== 'onSend' && !line.startsWith('la')), ['preSerialization', ...early, `serialized on the ${handler}`])
      t.same(told().filter((line) => line.startsWith('la')).sort(), thrown('cannot be serialized', 'last', 'later'))
    })

    t.test(`one alone: ${at}`, async (t) => {
      for (const name of ['fine', 'sent', 'text', 'stream']) {
        lines.length = 0
        t.equal((await ask(`alone/${name}`)).status, 200)
        await until('it has ended', () => told().includes(`alone on the ${side}`))
        if (name === 'fine') t.same(told(), ['preSerialization', `alone on the ${side}`, `serialized on the ${handler}`, 'onSend'])
      }
      lines.length = 0
      t.equal((await ask('alone/fine?fails=alone')).status, 500)
    })

    t.test(`a dependency on the loop that answers by itself: ${at}`, async (t) => {
      const response = await ask('answered')
      t.same([response.status, await response.json()], [200, { is: 'answered' }])
      const ended = told()
      t.same(ended.filter((line) => line !== 'onSend' && !line.startsWith('later')),
        ['preSerialization', `second on the ${other(side)}`, `first on the ${side}`, 'serialized on the loop'])
    })

    t.test(`a client that hangs up while one ends is told to those that end after it: ${at}`, async (t) => {
      const gate = createGate()
      const app = await build({ gate })
      t.teardown(() => app.close())
      await app.listen({ port: 0, host: '127.0.0.1' })
      const connections = new Set<object>()
      app.server.on('connection', (connection) => {
        connections.add(connection)
        connection.once('close', () => connections.delete(connection))
      })
      const socket = await send((app.server.address() as AddressInfo).port, `${path}/fine?waits=second`)
      await until('the second ends', () => told().includes('second waits'))
      socket.destroy()
      await until('the server knows', () => connections.size === 0)
      open(gate)
      await until('all have ended', () => ['first', 'later', 'last'].every((name) => told().some((line) => line.startsWith(name))))
      t.equal((await app.inject('/next')).body, 'next', 'the thread serves others')
    })

    t.test(`a time limit that passes while one ends is answered, and told to those that end after it: ${at}`, async (t) => {
      const gate = createGate()
      const app = await build({ gate, timeout: 500, grace: 100_000 })
      t.teardown(() => app.close())
      const answer = app.inject(`${path}/fine?waits=second`)
      await until('the second ends', () => told().includes('second waits'))
      t.equal((await answer).statusCode, 503)
      open(gate)
      await until('all have ended', () => ['first', 'later', 'last'].every((name) => told().some((line) => line.startsWith(`${name}: `))))
      t.notOk(told().includes('serialized on the loop'))
      t.equal((await app.inject('/next')).body, 'next', 'the thread serves others')
    })

    t.test(`a thread that is lost while one ends is answered: ${at}`, async (t) => {
      const app = await build()
      t.teardown(() => app.close())
      const name = side === 'worker' ? 'third' : 'second'
      const response = await app.inject(`${path}/fine?exits=${name}`)
      t.same([response.statusCode, response.json().code], [500, 'FST_BLOCKING_THREAD_LOST'])
      t.equal((await app.inject('/next')).body, 'next')
    })
  }
}

t.test('they end before a serializer that a dependency on the loop has set', async (t) => {
  t.equal(await (await fetch(`${origin}/serializer`)).text(), 'data')
  t.same(told().filter((line) => /alone|serializer/.test(line)), ['alone on the worker', 'own serializer'])
})

t.test('who ends later than what it needs fails the boot', async (t) => {
  for (const [options, end] of [[{}, 'onSend'], [{ endsAt: 'onSend' }, 'onSend'], [{ endsAt: 'onResponse' }, 'onResponse']] as const) {
    const app = await registerFixture('registers-only.js')
    const session = dependency({ endsAt: 'preSerialization' }, function * () { yield 'session' })
    const account = dependency({ dependencies: { session } }, () => 'account')
    const audit = dependency({ ...options, dependencies: { account } }, function * () { yield 'audit' })
    app.get('/', { dependencies: { audit } }, async () => 'never')
    t.match(await bootError(app), {
      code: 'FST_BLOCKING_DEPENDENCY_OUTLIVES',
      message: `GET / → audit ends at "${end}", but needs account → session, which ends before that, at "preSerialization"`
    })
  }
})

t.test('an override that brings in such an end after its route is refused', async (t) => {
  const late = dependency({ endsAt: 'preSerialization' }, function * () { yield 'late' })
  const real = dependency(() => 'real')
  const app = await registerFixture('registers-only.js')
  app.get('/', { dependencies: { real } }, async () => 'never')
  app.overrideDependency(real, late)
  t.match(await bootError(app), { code: 'FST_BLOCKING_DECLARED_TOO_LATE', message: /overrideDependency with option endsAt was called after route GET \// })
})
