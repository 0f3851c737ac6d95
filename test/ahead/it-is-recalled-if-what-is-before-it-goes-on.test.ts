import t from 'tap'
import { until } from '../support/until.js'
import { Cell, createCells, Guest, openGate, startThreads, takeWith } from './threads.js'

t.test('what waits for a visit that goes on is given back, unbegun, and its place with it', async (t) => {
  const threads = await startThreads(t)
  for (let round = 0; round < 20; round++) {
    const cells = createCells()
    const [first, ...ahead] = await takeWith(threads, 3)
    const stands = new Guest(first!, '/stand', { cells })
    const order: number[] = []
    const guests = ahead.map((slot) => new Guest(slot, '/pass', { cells }))
    for (const [index, { end }] of guests.entries()) end.then(() => order.push(index))
    t.same(await Promise.all(guests.map(({ end }) => end)), ['returned', 'returned', 'returned'])
    t.same(order, [0, 1, 2], 'who came first may go elsewhere first')
    t.notOk(guests.some(({ slot }) => slot.isHeld))
    t.equal(threads.takeAhead(7), undefined, 'nothing more is sent after what goes on')
    openGate(cells)
    t.equal(await stands.end, 'answered {"order":0}')
    t.equal(Atomics.load(cells, Cell.order), 1)
    await until('the worker has come to them', () => threads.counts().busy === 0)
  }
})

t.test('none is passed over by one that came after it', async (t) => {
  const threads = await startThreads(t)
  for (let round = 0; round < 20; round++) {
    const cells = createCells()
    const [first, ...ahead] = await takeWith(threads, 7)
    const stands = new Guest(first!, '/stand', { cells })
    const guests = ahead.map((slot) => new Guest(slot, '/pass', { cells }))
    // The thread may go on while the loop is at recalling.
    await Promise.race(guests.map((guest) => guest.onReturned(() => {
      openGate(cells)
      Atomics.wait(cells, Cell.order, 0, 20)
    })))
    await stands.end
    const ends = await Promise.all(guests.map(({ end }) => end))
    const begun = ends.filter((end) => end !== 'returned').length
    t.notOk(ends.slice(0, begun).includes('returned'), ends.join())
    await until('the worker has come to them', () => threads.counts().busy === 0)
  }
})

t.test('a visit is taken back once, and not when it has had its turn', async (t) => {
  const threads = await startThreads(t)
  const cells = createCells()
  const [first, second, third] = await takeWith(threads, 2)
  const stands = new Guest(first!, '/stand', { cells })
  const [one, other] = [second!, third!].map((slot) => new Guest(slot, '/pass', { cells }))
  t.equal(one!.slot.recall(), true)
  t.equal(one!.slot.recall(), false)
  t.equal(first!.recall(), false)
  t.same(one!.told, ['returned'])
  openGate(cells)
  await stands.end
  await other!.end
  t.equal(other!.slot.recall(), false)
  t.equal(Atomics.load(cells, Cell.order), other!.told.includes('returned') ? 1 : 2)
})

t.test('a thread that ends gives back what was ahead', async (t) => {
  const threads = await startThreads(t)
  const cells = createCells()
  const [first, ...ahead] = await takeWith(threads, 2)
  const exits = new Guest(first!, '/exit', { cells })
  const guests = ahead.map((slot) => new Guest(slot, '/pass', { cells }))
  t.equal(await exits.end, 'lost')
  for (const { end, told } of guests) {
    t.equal(await end, 'returned')
    t.same(told, ['returned'])
  }
  t.equal(Atomics.load(cells, Cell.order), 0)
})
