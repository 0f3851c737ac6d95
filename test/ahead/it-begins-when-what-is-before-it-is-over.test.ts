import t from 'tap'
import { Cell, createCells, Guest, startThreads, takeWith, untilAnswered } from './threads.js'

t.test('those that were sent ahead follow each other in their order, and are told so before their answer', async (t) => {
  const threads = await startThreads(t)
  const ends = await untilAnswered(async () => {
    const cells = createCells()
    const guests = (await takeWith(threads, 7)).map((slot) => new Guest(slot, '/pass', { cells }))
    t.same(guests.map(({ slot }) => slot.isAhead), [false, ...Array.from({ length: 7 }, () => true)])
    t.equal(threads.take(true), undefined)
    t.equal(threads.takeAhead(100), undefined, 'there is no place for more')
    const ends = await Promise.all(guests.map(({ end }) => end))
    for (const { told, slot } of guests) if (!told.includes('returned')) t.same(told.slice(0, -1), slot.isAhead ? ['started'] : [])
    return ends
  })
  t.same(ends, Array.from({ length: 8 }, (_, order) => `answered {"order":${order}}`))
  t.same(threads.counts(), { starting: 0, live: 1, busy: 0, retired: 0, exiting: 0, killed: 0, recycled: 0 })
})

t.test('one that awaits has the thread for itself', async (t) => {
  const threads = await startThreads(t)
  for (let times = 0; times < 30; times++) {
    const ends = await untilAnswered(async () => {
      const cells = createCells()
      const guests = (await takeWith(threads, 2)).map((slot) => new Guest(slot, '/turns', { cells, turns: 3 }))
      const ends = await Promise.all(guests.map(({ end }) => end))
      if (Atomics.load(cells, Cell.most) !== 1) t.fail(`${Atomics.load(cells, Cell.most)} at once`)
      return ends
    })
    t.same(ends, ['answered {"order":0}', 'answered {"order":1}', 'answered {"order":2}'])
  }
})
