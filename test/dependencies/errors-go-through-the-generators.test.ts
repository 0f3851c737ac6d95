import t from 'tap'
import { type Does, Journal } from '../support/journal.js'
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
  t.match(app.blocking.stats(), { threads: { busy: 0, live: 1 }, queue: 0, killed: 0, failed: 0 })
})
