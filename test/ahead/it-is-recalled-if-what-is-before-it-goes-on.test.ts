import t from 'tap'
import { until } from '../support/until.js'
import { Cell, createCells, Guest, openAll, openGate, startThreads } from './threads.js'

t.test('what waits for a visit that goes on is given back, unbegun, and its place with it', async (t) => {
  const threads = await startThreads(t)
  for (let round = 0; round < 20; round++) {
    const { cells, first: stands, behind: guests } = await openAll(threads, '/stand', ['/pass', '/pass', '/pass'])
    const order: number[] = []
    for (const [index, { end }] of guests.entries()) end.then(() => order.push(index))
    t.same(await Promise.all(guests.map(({ end }) => end)), ['returned', 'returned', 'returned'])
    t.same(order, [0, 1, 2], 'who came first may go elsewhere first')
    t.notOk(guests.some(({ session }) => session!.isOpen))
    t.equal(new Guest(threads, '/pass', { cells: createCells() }).session, undefined, 'nothing more is sent after what goes on')
    openGate(cells)
    t.equal(await stands.end, 'answered {"order":0}')
    t.equal(Atomics.load(cells, Cell.order), 1)
    await until('the worker has come to them', () => threads.stats().busy === 0)
  }
})

t.test('none is passed over by one that came after it', async (t) => {
  const threads = await startThreads(t)
  for (let round = 0; round < 20; round++) {
    const { cells, first: stands, behind: guests } = await openAll(threads, '/stand', Array.from({ length: 7 }, () => '/pass'))
    // The thread may go on while the loop is at recalling.
    await Promise.race(guests.map((guest) => guest.onReturned(() => {
      openGate(cells)
      Atomics.wait(cells, Cell.order, 0, 20)
    })))
    await stands.end
    const ends = await Promise.all(guests.map(({ end }) => end))
    const begun = ends.filter((end) => end !== 'returned').length
    t.notOk(ends.slice(0, begun).includes('returned'), ends.join())
    await until('the worker has come to them', () => threads.stats().busy === 0)
  }
})

t.test('a visit is taken back once, and not when it has had its turn', async (t) => {
  const threads = await startThreads(t)
  const { cells, first: stands, behind: [one, other] } = await openAll(threads, '/stand', ['/pass', '/pass'])
  t.equal(one!.session!.withdraw(), true)
  t.equal(one!.session!.withdraw(), false)
  t.equal(stands.session!.withdraw(), false)
  t.same(one!.told, ['returned'])
  openGate(cells)
  await stands.end
  await other!.end
  t.equal(other!.session!.withdraw(), false)
  t.equal(Atomics.load(cells, Cell.order), other!.told.includes('returned') ? 1 : 2)
})

t.test('a thread that ends gives back what was ahead', async (t) => {
  const threads = await startThreads(t)
  const { cells, first: exits, behind: guests } = await openAll(threads, '/exit', ['/pass', '/pass'])
  t.equal(await exits.end, 'lost')
  for (const { end, told } of guests) {
    t.equal(await end, 'returned')
    t.same(told, ['returned'])
  }
  t.equal(Atomics.load(cells, Cell.order), 0)
})
