import t from 'tap'
import { Cell, createCells, Guest, openAll, startThreads, untilAnswered } from './threads.js'

const seven = Array.from({ length: 7 }, () => '/pass')

t.test('prefetched visits follow each other in their order, and are told so before their answer', async (t) => {
  const threads = await startThreads(t)
  const ends = await untilAnswered(async () => {
    const { first, behind } = await openAll(threads, '/pass', seven)
    t.same([first, ...behind].map(({ session }) => session!.isStarted), [true, ...Array.from({ length: 7 }, () => false)])
    t.equal(new Guest(threads, '/pass', { cells: createCells() }).session, undefined, 'there is no place for more')
    const ends = await Promise.all([first, ...behind].map(({ end }) => end))
    for (const { told } of [first, ...behind]) if (!told.includes('returned')) t.same(told.slice(0, -1), ['started'])
    return ends
  })
  t.same(ends, Array.from({ length: 8 }, (_, order) => `answered {"order":${order}}`))
  t.same(threads.stats(), { starting: 0, live: 1, busy: 0, retired: 0, exiting: 0, killed: 0, recycled: 0 })
})

t.test('one that awaits has the thread for itself', async (t) => {
  const threads = await startThreads(t)
  for (let times = 0; times < 30; times++) {
    const ends = await untilAnswered(async () => {
      const { cells, first, behind } = await openAll(threads, '/turns', ['/turns', '/turns'], { turns: 3 })
      const ends = await Promise.all([first, ...behind].map(({ end }) => end))
      if (Atomics.load(cells, Cell.most) !== 1) t.fail(`${Atomics.load(cells, Cell.most)} at once`)
      return ends
    })
    t.same(ends, ['answered {"order":0}', 'answered {"order":1}', 'answered {"order":2}'])
  }
})
