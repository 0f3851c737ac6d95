import t from 'tap'
import { type Does, Journal } from '../support/journal.js'
import { onlyCompleted } from '../support/outcomes.js'
import { build, chains, handlers } from './fixtures/chains.js'

const namesOf = (chain: string): string[] => [...chain.toLowerCase()].map((letter, index) => `${letter}${index}`)
const app = await build()
t.teardown(() => app.close())
const origin = await app.listen({ port: 0, host: '127.0.0.1' })

async function ask (path: string, does: Does) {
  const journal = new Journal()
  const response = await fetch(`${origin}${path}${journal.query(does)}`)
  return { status: response.status, body: await response.json() as Record<string, unknown>, lines: journal.read() }
}

/** Ways in which a request with a good handler's dependencies goes wrong, and with which message. */
const failures: Record<string, { does: Does, message: string, reachesHandler?: boolean }> = {
  'the handler throws, rejects or sends an error': { does: { handler: { run: 'throw' } }, message: 'handler threw at run' },
  'a preSerialization hook throws': { does: { preSerialization: { run: 'throw' } }, message: 'preSerialization threw at run' },
  'the payload cannot be serialized': { does: { handler: { payload: 'unserializable' } }, message: 'toJSON threw' }
}

for (const [how, { does, message }] of Object.entries(failures)) {
  t.test(`an error is thrown into the generators before it is handled: ${how}`, async (t) => {
    for (const chain of chains) {
      const names = namesOf(chain)
      for (const handler of handlers) {
        const { status, body, lines } = await ask(`/${chain}/${handler}`, does)
        t.same(lines, [
          ...names.map((name) => `open ${name}`),
          'handle',
          ...names.toReversed().flatMap((name) => [`${name} was thrown ${message}`, `close ${name}`]),
          `error handler ${message}`
        ], `/${chain}/${handler}`)
        t.equal(status, 409)
        t.same(body, { handled: message, isWorker: handler.startsWith('blocking'), isRefused: true }, 'by the error handler of its side, as itself')
      }
    }
  })

  t.test(`what a generator throws in its place wins: ${how}`, async (t) => {
    for (const chain of chains) {
      const names = namesOf(chain)
      for (const handler of handlers) {
        for (const [index, name] of names.entries()) {
          const { status, body, lines } = await ask(`/${chain}/${handler}`, { ...does, [name]: { thrown: 'replace' } })
          t.same(lines, [
            ...names.map((name) => `open ${name}`),
            'handle',
            ...names.slice(index).reverse().flatMap((name) => [`${name} was thrown ${message}`, `close ${name}`]),
            ...names.slice(0, index).reverse().flatMap((below) => [`${below} was thrown ${name} instead`, `close ${below}`]),
            `error handler ${name} instead`
          ], `/${chain}/${handler} ${name}`)
          t.equal(status, 409)
          t.match(body, { handled: `${name} instead` })
        }
      }
    }
  })

  t.test(`a generator that swallows an error makes no success of it: ${how}`, async (t) => {
    for (const chain of chains) {
      const names = namesOf(chain)
      for (const handler of handlers) {
        const { status, body, lines } = await ask(`/${chain}/${handler}`, { ...does, [names.at(-1)!]: { thrown: 'swallow' } })
        t.match(lines.slice(-1), [`error handler ${message}`], `/${chain}/${handler}`)
        t.equal(lines.filter((line) => line.startsWith('close')).length, names.length)
        t.equal(status, 409)
        t.match(body, { handled: message })
      }
    }
  })
}

t.test('an error of an onSend hook, when all has gone well in the worker, is thrown into what is open on the loop', async (t) => {
  for (const chain of chains) {
    const names = namesOf(chain)
    for (const handler of handlers) {
      const { status, body, lines } = await ask(`/${chain}/${handler}`, { onSend: { run: 'throw' } })
      t.equal(lines.filter((line) => line.startsWith('close')).length, names.length, `/${chain}/${handler}`)
      if (!handler.startsWith('blocking')) t.equal(lines.filter((line) => line.includes('was thrown onSend threw')).length, names.length)
      t.equal(lines.at(-1), 'error handler onSend threw at run')
      t.equal(status, 409)
      t.same(body, { handled: 'onSend threw at run', isWorker: false, isRefused: true })
    }
  }
})

t.test('a teardown that throws after a good handler is an error, and the others are ended with it', async (t) => {
  for (const chain of chains) {
    const names = namesOf(chain)
    for (const handler of handlers) {
      for (const [index, name] of names.entries()) {
        const { status, body, lines } = await ask(`/${chain}/${handler}`, { [name]: { close: 'throw' } })
        t.same(lines.filter((line) => line.startsWith('close') || line.includes('thrown')), [
          ...names.slice(index + 1).reverse().map((name) => `close ${name}`),
          ...lines.includes(`close ${name}`) ? [`close ${name}`] : [],
          ...names.slice(0, index).reverse().flatMap((below) => [`${below} was thrown ${name} threw at close`, `close ${below}`])
        ], `/${chain}/${handler} ${name}`)
        t.equal(lines.at(-1), `error handler ${name} threw at close`)
        t.equal(status, 409)
        t.match(body, { handled: `${name} threw at close` })
      }
    }
  }
})

t.test('whatever was thrown, nothing is still running', async (t) => {
  t.match(app.blocking.stats(), { threads: { busy: 0, live: 1 }, queue: 0, killed: 0, ...onlyCompleted })
})

t.test('what a worker cannot answer with is thrown into the generators', async (t) => {
  for (const handler of handlers.filter((name) => name.startsWith('blocking'))) {
    const journal = new Journal()
    const response = await fetch(`${origin}/lwl/${handler}${journal.query({ handler: { payload: 'uncloneable' } })}`)
    t.equal(response.status, 500)
    const { handled } = await response.json() as { handled: string }
    t.same(journal.read(), [
      'open l0', 'open w1', 'open l2', 'handle',
      ...['l2', 'w1', 'l0'].flatMap((name) => [`${name} was thrown ${handled}`, `close ${name}`]),
      `error handler ${handled}`
    ], handler)
  }
})

for (const payload of ['number', 'badHeader']) {
  t.test(`what Fastify refuses to send is an error of that request alone: ${payload}`, async (t) => {
    for (const handler of handlers.filter((name) => !name.startsWith('blocking') || payload === 'badHeader')) {
      const journal = new Journal()
      const response = await fetch(`${origin}/lwl/${handler}${journal.query({ handler: { payload } })}`)
      t.equal(response.status, 500, handler)
      t.equal(journal.read().filter((line) => line.startsWith('close')).length, 3)
    }
  })
}

t.test('after answers that could not be sent, nothing is still running', async (t) => {
  t.match(app.blocking.stats(), { threads: { busy: 0, live: 1 }, queue: 0, killed: 0 })
})

const names = namesOf('lwlw')

for (const chain of ['lwlw', 'LWLW']) {
  for (const handler of handlers) {
    t.test(`a dependency answers: nothing after it runs, and what was open is ended first: /${chain}/${handler}`, async (t) => {
      for (const [index, name] of names.entries()) {
        for (const open of ['answer', 'redirect', 'answerAndReturn', 'redirectAndReturn']) {
          const journal = new Journal()
          const response = await fetch(`${origin}/${chain}/${handler}${journal.query({ [name]: { open } })}`, { redirect: 'manual' })
          t.same(journal.read(), [
            ...names.slice(0, index + 1).map((one) => `open ${one}`),
            ...names.slice(0, index).reverse().map((one) => `close ${one}`)
          ], `${name} ${open}`)
          if (open.startsWith('redirect')) {
            t.equal(response.status, 302)
            t.equal(response.headers.get('location'), '/login')
          } else {
            t.equal(response.status, 403)
            t.equal(response.headers.get('x-by'), name)
            t.same(await response.json(), { refused: name })
          }
        }
      }
    })

    t.test(`a dependency throws: the error handler of its side has the very error: /${chain}/${handler}`, async (t) => {
      for (const [index, name] of names.entries()) {
        const journal = new Journal()
        const response = await fetch(`${origin}/${chain}/${handler}${journal.query({ [name]: { open: 'throw' } })}`)
        const message = `${name} threw at open`
        t.equal(response.status, 409)
        t.same(await response.json(), { handled: message, isWorker: name.startsWith('w'), isRefused: true }, name)
        t.same(journal.read(), [
          ...names.slice(0, index + 1).map((one) => `open ${one}`),
          ...names.slice(0, index).reverse().flatMap((one) => [`${one} was thrown ${message}`, `close ${one}`]),
          `error handler ${message}`
        ])
      }
    })

    t.test(`a generator must yield once: /${chain}/${handler}`, async (t) => {
      for (const name of names) {
        const path = `${origin}/${chain}/${handler}`
        const nothing = new Journal()
        const none = await fetch(path + nothing.query({ [name]: { open: 'yieldNothing' } }))
        t.equal(none.status, 500)
        t.match(await none.json(), { code: 'FST_BLOCKING_YIELDED_NOTHING', handled: / did not yield/ }, name)
        t.notOk(nothing.read().includes('handle'))

        const twice = new Journal()
        const response = await fetch(path + twice.query({ [name]: { close: 'yieldTwice' } }))
        t.equal(response.status, 500)
        t.match(await response.json(), { code: 'FST_BLOCKING_YIELDED_TWICE' }, name)
        t.same(twice.read().filter((line) => line.startsWith('close')), names.toReversed().map((one) => `close ${one}`))
      }
    })
  }
}

t.test('after dependencies that answered, nothing is still running', async (t) => {
  t.match(app.blocking.stats(), { threads: { live: 1, busy: 0 }, queue: 0, killed: 0 })
})
