import t from 'tap'
import { type App, buildFunctions } from './fixtures/typed.js'

async function thrownBy (app: App, which: string): Promise<unknown> {
  try {
    await app.functions.fail(which)
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}

t.test('an error that an offloaded function throws', async (t) => {
  const app = await buildFunctions()
  t.teardown(() => app.close())
  await app.ready()

  await t.test('is an instance of its class, where the language has it, with its name, message, code and properties', async (t) => {
    t.match(await thrownBy(app, 'range'), { constructor: RangeError, name: 'RangeError', message: 'too far' })
    t.match(await thrownBy(app, 'own'), { constructor: TypeError, name: 'OwnError', message: 'of the app', code: 'APP_OWN', details: { row: 3 } })
    const fastifys = await thrownBy(app, 'fastify')
    t.match(fastifys, { name: 'FastifyError', message: 'there is no book', code: 'APP_NOT_FOUND', statusCode: 404 })
    t.equal(Object(fastifys).constructor.name, 'FastifyError')
    t.match(await thrownBy(app, 'node'), { constructor: TypeError, code: 'ERR_INVALID_ARG_TYPE' })
    t.match(await thrownBy(app, 'abort'), { constructor: DOMException, name: 'AbortError', message: 'no more', code: DOMException.ABORT_ERR })
  })
  await t.test('has its cause, an error or not, and the errors of an AggregateError', async (t) => {
    t.match(await thrownBy(app, 'cause'), { message: 'outer', cause: { constructor: SyntaxError, message: 'inner', code: 'INNER' } })
    t.same((await thrownBy(app, 'dataAsCause') as Error).cause, { row: 3 })
    const { constructor, message, errors } = await thrownBy(app, 'aggregate') as AggregateError
    t.equal(constructor, AggregateError)
    t.equal(message, 'several')
    t.match(errors, [{ constructor: RangeError, message: 'first' }, 'a text', { constructor: AggregateError, errors: [{ constructor: URIError, message: 'third' }] }])
  })
  await t.test('may be anything', async (t) => {
    t.equal(await thrownBy(app, 'text'), 'a text')
    t.equal(await thrownBy(app, 'nothing'), undefined)
  })
  await t.test('has the stack of both sides', async (t) => {
    const { stack } = await thrownBy(app, 'range') as Error
    const [worker, loop] = stack!.split('\n    at offload fail (fastify-blocking)\n')
    t.match(worker, /^RangeError: too far\n.*functions\.js/)
    t.match(loop, /thrownBy.*errors-are-what-they-were/, 'where it was called')
  })
  t.match(app.blocking.stats().routes['offload fail'], { completed: 11, failed: 0 }, 'it is an answer as any other')
})
