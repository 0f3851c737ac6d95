import t from 'tap'
import { until } from '../support/until.js'
import { Cell, createCells, openAll, openGate, RecordedTask, startThreads, untilAnswered } from './threads.js'

const threads = await startThreads(t)

async function untilIdle (): Promise<void> {
  await until('the worker has come to what was withdrawn', () => threads.stats().busy === 0)
}

t.test('prefetched visits follow each other in their order, and are told so before their answer', async (t) => {
  const ends = await untilAnswered(async () => {
    const { first, prefetched } = await openAll(threads, '/pass', Array.from({ length: 7 }, () => '/pass'))
    const all = [first, ...prefetched]
    t.same(all.map(({ session }) => session!.isStarted), [true, ...Array.from({ length: 7 }, () => false)])
    t.equal(new RecordedTask(threads, '/pass', { cells: createCells() }).session, undefined, 'there is no place for more')
    const ends = await Promise.all(all.map(({ end }) => end))
    for (const { told } of all) if (!told.includes('returned')) t.same(told.slice(0, -1), ['started'])
    return ends
  })
  t.same(ends, Array.from({ length: 8 }, (_, order) => `answered {"order":${order}}`))
  const { bootTime, heapsUsed, ...counts } = threads.stats()
  t.ok(bootTime > 0)
  t.match(heapsUsed, [/^\d{7,}$/], 'the thread has told of its heap')
  t.same(counts, { starting: 0, live: 1, busy: 0, retired: 0, exiting: 0, killed: 0, retirements: 0, recycled: 0, boots: 1, failedBoots: 0 })
})

t.test('one that awaits has the thread for itself', async (t) => {
  for (let times = 0; times < 30; times++) {
    const ends = await untilAnswered(async () => {
      const { cells, first, prefetched } = await openAll(threads, '/turns', ['/turns', '/turns'], { turns: 3 })
      const ends = await Promise.all([first, ...prefetched].map(({ end }) => end))
      if (Atomics.load(cells, Cell.most) !== 1) t.fail(`${Atomics.load(cells, Cell.most)} at once`)
      return ends
    })
    t.same(ends, ['answered {"order":0}', 'answered {"order":1}', 'answered {"order":2}'])
  }
})

t.test('what waits for a visit that goes on is withdrawn before it has started, and its place with it', async (t) => {
  for (let round = 0; round < 20; round++) {
    const { cells, first, prefetched } = await openAll(threads, '/stand', ['/pass', '/pass', '/pass'])
    const order: number[] = []
    for (const [index, { end }] of prefetched.entries()) end.then(() => order.push(index))
    t.same(await Promise.all(prefetched.map(({ end }) => end)), ['returned', 'returned', 'returned'])
    t.same(order, [0, 1, 2], 'who came first may go elsewhere first')
    t.notOk(prefetched.some(({ session }) => session!.isOpen))
    t.equal(new RecordedTask(threads, '/pass', { cells: createCells() }).session, undefined, 'nothing more is sent after what goes on')
    openGate(cells)
    t.equal(await first.end, 'answered {"order":0}')
    t.equal(Atomics.load(cells, Cell.order), 1)
    await untilIdle()
  }
})

t.test('none is passed over by one that came after it', async (t) => {
  for (let round = 0; round < 20; round++) {
    const { cells, first, prefetched } = await openAll(threads, '/stand', Array.from({ length: 7 }, () => '/pass'))
    // The thread may go on while the loop withdraws them.
    await Promise.race(prefetched.map((task) => task.onReturned(() => {
      openGate(cells)
      Atomics.wait(cells, Cell.order, 0, 20)
    })))
    await first.end
    const ends = await Promise.all(prefetched.map(({ end }) => end))
    const begun = ends.filter((end) => end !== 'returned').length
    t.notOk(ends.slice(0, begun).includes('returned'), ends.join())
    await untilIdle()
  }
})

t.test('a visit is withdrawn once, and not when it has had its turn', async (t) => {
  const { cells, first, prefetched: [one, other] } = await openAll(threads, '/stand', ['/pass', '/pass'])
  t.equal(one!.session!.withdraw(), true)
  t.equal(one!.session!.withdraw(), false)
  t.equal(first.session!.withdraw(), false)
  t.same(one!.told, ['returned'])
  openGate(cells)
  await first.end
  await other!.end
  t.equal(other!.session!.withdraw(), false)
  t.equal(Atomics.load(cells, Cell.order), other!.told.includes('returned') ? 1 : 2)
  await untilIdle()
})

t.test('a thread that ends gives back what was prefetched', async (t) => {
  const { cells, first, prefetched } = await openAll(threads, '/exit', ['/pass', '/pass'])
  t.equal(await first.end, 'lost')
  for (const { end, told } of prefetched) {
    t.equal(await end, 'returned')
    t.same(told, ['returned'])
  }
  t.equal(Atomics.load(cells, Cell.order), 0)
})
