import { once } from 'node:events'
import { MessageChannel } from 'node:worker_threads'
import t from 'tap'
import { buildFunctions, buildLoopFunctions } from './fixtures/typed.js'

t.test('what transfer() lists is moved, and gone where it was', async (t) => {
  const app = await buildFunctions()
  t.teardown(() => app.close())
  await app.ready()
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

t.test('a function of the loop moves too', async (t) => {
  const app = await buildLoopFunctions()
  t.teardown(() => app.close())
  await app.ready()
  t.same(await app.offloaded.askAsync('giveMoved', 20), new Uint8Array(20).fill(7))
  t.same(await app.offloaded.askSync('giveMoved', 20), new Uint8Array(20).fill(7))
})
