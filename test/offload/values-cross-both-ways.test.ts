import { once } from 'node:events'
import { MessageChannel } from 'node:worker_threads'
import t from 'tap'
import { onlyCompleted } from '../support/outcomes.js'
import { buildFunctions } from './fixtures/typed.js'

const app = await buildFunctions()
t.teardown(() => app.close())
await app.ready()

t.test('an offloaded function runs in a worker, with copies of its arguments, and gives a copy of its result', async (t) => {
  const { tell, echo, same, later, isBuffer, give } = app.functions

  t.type(await tell(), 'number')
  const args = [1, 'text', undefined, null, { rows: [new Date(0), new Map([['a', new Set([1])]])] }, /x/g, 5n]
  t.same(await echo(...args), { args, count: args.length })
  t.same(await echo(), { args: [], count: 0 })
  t.same(await echo(undefined), { args: [undefined], count: 1 }, 'what is undefined is an argument too')
  const object = { a: 1 }
  const copy = await same(object)
  t.same(copy, object)
  t.not(copy, object)
  t.equal(await later('later'), 'later', 'the value of a promise')

  t.same(await isBuffer(Buffer.from('text')), { isBuffer: true, text: 'text' })
  const buffer = await give('buffer')
  t.ok(Buffer.isBuffer(buffer))
  t.equal(String(buffer), 'text')
  t.match(await give('error'), { constructor: RangeError, message: 'as a value', code: 'VALUE' })

  const calls = await Promise.all(Array.from({ length: 100 }, async (_, index) => await same(index)))
  t.same(calls, Array.from({ length: 100 }, (_, index) => index))
  t.match(app.blocking.stats().routes['offload same'], { completed: 101, ...onlyCompleted, wait: { count: 101 }, run: { count: 101 } })
})

t.test('a Blob, which Node clones with its class, crosses to an offloaded function and back', async (t) => {
  const blob = await app.functions.same(new Blob(['blob'])) as Blob
  t.ok(blob instanceof Blob)
  t.equal(await blob.text(), 'blob')
})

t.test('an argument or a result that cannot be cloned rejects the call with its path', async (t) => {
  const { echo, give, tell } = app.functions
  class Account {}
  const code = 'FST_BLOCKING_NOT_CLONEABLE'

  await t.rejects(echo(1, { a: { b: [0, () => {}] } }), { code, message: /^offload echo: arguments\[1\]\.a\.b\[1\] is a function/ })
  await t.rejects(echo(() => {}), { code, message: /^offload echo: arguments\[0\] is a function/ })
  await t.rejects(echo(new Account()), { code, message: /arguments\[0\] is an instance of Account/ }, 'it would arrive without its class')
  await t.rejects(echo({ get row (): never { throw new Error('a getter') } }), { code, message: /arguments\[0\]\.row is a getter that throws/ })
  await t.rejects(give('function'), { code, message: /^offload give: the result\.rows\[1\]\.open is a function/ })
  await t.rejects(give('instance'), { code, message: /^offload give: the result is an instance of Account/ })
  const error: Error = await echo(() => {}).then(() => { throw new Error('it crossed') }, (error) => error as Error)
  t.match(error.stack, 'values-cross-both-ways', 'with where it was called')

  t.type(await tell(), 'number', 'the thread goes on')
  t.match(app.blocking.stats(), { threads: { live: 1, busy: 0 }, killed: 0, queue: 0 })
})

t.test('what transfer() lists is moved, and gone where it was', async (t) => {
  const { same, giveMoved, lengthAfter, post } = app.functions
  const { transfer } = app.blocking

  const bytes = new Uint8Array(1_000).fill(5)
  t.equal(transfer(bytes, [bytes.buffer]), bytes)
  t.same(await same(bytes), new Uint8Array(1_000).fill(5))
  t.equal(bytes.byteLength, 0, 'the source is detached')

  const inside = { image: new Uint8Array(10) }
  t.same(await same(transfer(inside, [inside.image.buffer])), { image: new Uint8Array(10) })
  t.equal(inside.image.byteLength, 0)

  const view = new Uint8Array(new ArrayBuffer(100), 10, 20)
  t.equal((await same(transfer(view, [view.buffer])) as Uint8Array).byteLength, 20, 'of a view with what it looks at')
  t.equal(view.byteLength, 0)

  const kept = new Uint8Array(10)
  await same(kept)
  t.equal(kept.byteLength, 10, 'without it there is a copy')

  const { port1, port2 } = new MessageChannel()
  const message = once(port1, 'message')
  await post(transfer(port2, [port2]), 'through a port')
  t.same(await message, ['through a port'])

  t.same(await giveMoved(50), new Uint8Array(50).fill(7))
  t.equal(await lengthAfter(), 0, 'of a result too')

  const code = 'FST_BLOCKING_INVALID_OPTION'
  t.throws(() => transfer(bytes, bytes.buffer as never), { code, message: /transfer: the second argument is a list/ })
  t.throws(() => transfer('text' as never, []), { code, message: /transfer: the first argument is an object/ })

  const buffer = new ArrayBuffer(1)
  await same(transfer(buffer, [buffer]))
  await t.rejects(same(transfer(buffer, [buffer])), { code: 'FST_BLOCKING_NOT_CLONEABLE', message: /arguments\[0\] is memory that has been moved/ }, 'what is gone cannot be moved again')
})

async function thrownBy (which: string): Promise<unknown> {
  try {
    await app.functions.fail(which)
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}

t.test('an error that an offloaded function throws', async (t) => {
  await t.test('is an instance of its class, where the language has it, with its name, message, code and properties', async (t) => {
    t.match(await thrownBy('range'), { constructor: RangeError, name: 'RangeError', message: 'too far' })
    t.match(await thrownBy('own'), { constructor: TypeError, name: 'OwnError', message: 'of the app', code: 'APP_OWN', details: { row: 3 } })
    const fastifys = await thrownBy('fastify')
    t.match(fastifys, { name: 'FastifyError', message: 'there is no book', code: 'APP_NOT_FOUND', statusCode: 404 })
    t.equal(Object(fastifys).constructor.name, 'FastifyError')
    t.match(await thrownBy('node'), { constructor: TypeError, code: 'ERR_INVALID_ARG_TYPE' })
    t.match(await thrownBy('abort'), { constructor: DOMException, name: 'AbortError', message: 'no more', code: DOMException.ABORT_ERR })
  })
  await t.test('has its cause, an error or not, and the errors of an AggregateError', async (t) => {
    t.match(await thrownBy('cause'), { message: 'outer', cause: { constructor: SyntaxError, message: 'inner', code: 'INNER' } })
    t.same((await thrownBy('dataAsCause') as Error).cause, { row: 3 })
    const { constructor, message, errors } = await thrownBy('aggregate') as AggregateError
    t.equal(constructor, AggregateError)
    t.equal(message, 'several')
    t.match(errors, [{ constructor: RangeError, message: 'first' }, 'a text', { constructor: AggregateError, errors: [{ constructor: URIError, message: 'third' }] }])
  })
  await t.test('may be anything', async (t) => {
    t.equal(await thrownBy('text'), 'a text')
    t.equal(await thrownBy('nothing'), undefined)
  })
  await t.test('has the stack of both sides', async (t) => {
    const { stack } = await thrownBy('range') as Error
    const [worker, loop] = stack!.split('\n    at offload fail (fastify-blocking)\n')
    t.match(worker, /^RangeError: too far\n.*functions\.js/)
    t.match(loop, /thrownBy.*values-cross-both-ways/, 'where it was called')
  })
  t.match(app.blocking.stats().routes['offload fail'], { completed: 11, ...onlyCompleted }, 'it is an answer as any other')
})

t.test('inside a worker an offloaded function is called plainly: a promise, the same thread, the values themselves', async (t) => {
  const before = app.blocking.stats().completed
  const response = await app.inject('/inside')
  t.same(response.json(), { isPromise: true, isSameThread: true, isSame: true })
  t.equal(app.blocking.stats().completed - before, 1, 'the request alone is admitted')
})

t.test('there an abort signal has the same effect', async (t) => {
  t.same((await app.inject('/inside-with-signal')).json(), { thrown: [true, true], value: true })
})

t.test('in a blocking handler the signal is the request\'s', async (t) => {
  t.same((await app.inject('/signal-is-the-requests')).json(), { isSame: true })
})
