import t from 'tap'
import { detach } from '../../dist/wire/bytes.js'
import { BufferPool } from '../../dist/wire/buffer-pool.js'

const memoryOf = (byte: number): BufferPool => {
  const pool = new BufferPool()
  pool.add(new Uint8Array(131_072).fill(byte).buffer)
  return pool
}

const texts = {
  ASCII: 'a',
  'a byte for each character': 'é',
  'two bytes for each character': '€',
  pairs: '😀',
  'the first half of a pair alone': '\ud83d',
  'the second half of a pair alone': '\ude00',
  'halves in the wrong order': '\ude00\ud83d',
  'what ends with half a pair': `${'x'.repeat(80_000)}\ud83d`,
  'pieces that have not been joined': 'é' + 'a€'.repeat(3)
}

for (const [name, text] of Object.entries(texts)) {
  t.test(name, async (t) => {
    const long = text.length > 1_000 ? text : text.repeat(Math.ceil(110_000 / Buffer.byteLength(text)))
    const bytes = detach(long, true, memoryOf(0xff)) as Uint8Array
    t.equal(bytes.buffer.byteLength, 131_072, 'it is the memory that was there')
    t.equal(Buffer.compare(bytes, Buffer.from(long)), 0)
  })
}

t.test('bytes', async (t) => {
  const original = new Uint8Array(70_000).fill(7)
  const bytes = detach(original, true, memoryOf(0xff)) as Uint8Array
  t.equal(bytes.buffer.byteLength, 131_072)
  t.equal(Buffer.compare(bytes, original), 0)
})

t.test('where hooks are about to see them memory is new, and no longer than they are', async (t) => {
  const bytes = detach(new Uint8Array(70_000).fill(7), false, memoryOf(0xff)) as Uint8Array
  t.equal(bytes.buffer.byteLength, 70_000)
})
