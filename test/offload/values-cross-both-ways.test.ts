import t from 'tap'
import { buildFunctions } from './fixtures/typed.js'

t.test('an offloaded function runs in a worker, with copies of its arguments, and gives a copy of its result', async (t) => {
  const app = await buildFunctions()
  t.teardown(() => app.close())
  await app.ready()
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
  const blob = await same(new Blob(['blob'])) as Blob
  t.ok(blob instanceof Blob, 'what Node clones with its class')
  t.equal(await blob.text(), 'blob')

  const calls = await Promise.all(Array.from({ length: 100 }, async (_, index) => await same(index)))
  t.same(calls, Array.from({ length: 100 }, (_, index) => index))
  t.match(app.blocking.stats().routes['offload same'], { completed: 102, failed: 0, wait: { count: 102 }, run: { count: 102 } })
})
