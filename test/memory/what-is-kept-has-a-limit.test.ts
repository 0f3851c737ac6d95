import t from 'tap'
import { isPoolable, BufferPool } from '../../dist/wire/buffer-pool.js'

const MB = 1_048_576

t.test('of more than 4 MB the oldest is left to the collector', async (t) => {
  const pool = new BufferPool()
  const all = Array.from({ length: 10 }, () => new ArrayBuffer(MB))
  for (const memory of all) pool.add(memory)
  const kept = pool.takeAll()!
  t.equal(kept.length, 4)
  for (const [index, memory] of kept.entries()) t.equal(memory, all[6 + index])
})

t.test('what has been taken is not there any more', async (t) => {
  const pool = new BufferPool()
  const memory = new ArrayBuffer(MB)
  pool.add(memory)
  t.equal(pool.allocate(MB).buffer, memory)
  t.not(pool.allocate(MB).buffer, memory)
  pool.add(memory)
  t.equal(pool.takeAll()![0], memory)
  t.equal(pool.takeAll(), undefined)
})

t.test('memory twice as long as it need be is not filled', async (t) => {
  const pool = new BufferPool()
  const memory = new ArrayBuffer(MB)
  pool.add(memory)
  t.not(pool.allocate(MB / 2).buffer, memory)
  t.equal(pool.allocate(MB / 2 + 1).buffer, memory)
})

t.test('neither the short nor the long is worth keeping', async (t) => {
  t.same([65_535, 65_536, 4 * MB, 4 * MB + 1].map((length) => isPoolable(new ArrayBuffer(length))), [false, true, true, false])
})

t.test('of what is not worth it memory is no longer than what is in it', async (t) => {
  const pool = new BufferPool()
  t.same([1, 65_535, 65_537, 4 * MB, 4 * MB + 1].map((length) => pool.allocate(length).buffer.byteLength), [1, 65_535, 131_072, 4 * MB, 4 * MB + 1])
})
