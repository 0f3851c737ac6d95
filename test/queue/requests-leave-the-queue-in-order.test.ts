import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { type QueuedTask, RouteQueue } from '../../dist/queue/route-queue.js'
import { build } from '../fixtures/behaviours.js'
import { until } from '../support/until.js'

const app = await build({
  plugin: { timeout: 0, queue: { max: 10_000, timeout: 600_000 }, pool: { minThreads: 1, maxThreads: 1 } },
  routes: {
    '/still': { does: 'standStill' },
    '/note': { does: 'note' },
    '/low': { does: 'note', blocking: { priority: -1 } },
    '/a': { does: 'note' },
    '/b': { does: 'note', blocking: { priority: 0 } },
    '/high': { does: 'note', blocking: { priority: 5 } }
  }
})
t.teardown(() => app.close())
await app.ready()

t.test('10,000 requests that wait are answered in the order in which they came', async (t) => {
  const directory = t.testdir()
  const gate = join(directory, 'gate')
  const file = join(directory, 'file')
  const still = app.inject(`/still?gate=${gate}`)
  await until('it runs', () => app.blocking.stats().threads.busy === 1)

  let wrong = 0
  const answers: number[] = []
  const requests = Array.from({ length: 10_000 }, async (_, index) => {
    const { payload, statusCode } = await app.inject(`/note?file=${file}&text=${index}`)
    answers.push(Number(payload))
    if (statusCode !== 200) wrong++
  })
  await until('all of them wait', () => app.blocking.stats().queue === 10_000)
  t.equal((await app.inject('/note')).statusCode, 503, 'one more is one too many')
  writeFileSync(gate, '')
  await still
  await Promise.all(requests)

  t.equal(wrong, 0)
  const inOrder = Array.from({ length: 10_000 }, (_, index) => index)
  t.ok(answers.every((index, position) => index === position) && answers.length === 10_000)
  t.equal(readFileSync(file, 'utf8'), inOrder.join('\n') + '\n')
  t.match(app.blocking.stats(), { queue: 0, completed: 10_001, failed: 0, refused: 1 })
})

t.test('a higher priority leaves the queue first; within one, who came first, of whatever route', async (t) => {
  const directory = t.testdir()
  const gate = join(directory, 'gate')
  const file = join(directory, 'file')
  const still = app.inject(`/still?gate=${gate}`)
  await until('it runs', () => app.blocking.stats().threads.busy === 1)

  const requests: Array<Promise<unknown>> = [still]
  for (const [index, route] of ['low', 'a', 'b', 'high', 'a', 'b', 'b', 'a', 'low', 'high'].entries()) {
    requests.push(app.inject(`/${route}?file=${file}&text=${route}${index}`).then())
    await until('it waits', () => app.blocking.stats().queue === index + 1)
  }
  writeFileSync(gate, '')
  await Promise.all(requests)
  t.equal(readFileSync(file, 'utf8'), 'high3 high9 a1 b2 a4 b5 b6 a7 low0 low8 '.replaceAll(' ', '\n'))
})

/** The queue looks at none of these. */
const task: Omit<QueuedTask, 'queue' | 'previous' | 'next' | 'waiting' | 'arrivedAt' | 'startedAt' | 'isPrefetchable'> = {
  label: '',
  isTerminable: true,
  where: 'any',
  timeLimit: 0,
  open () { throw new Error('it is not opened') },
  repair () {},
  started () {},
  opened () {},
  failed () {},
  reject () {},
  message () {},
  ended () {},
  lost () {},
  runInAsyncScope: (run) => run()
}

function taskOf (queue: RouteQueue, arrivedAt: number): QueuedTask {
  return { queue, previous: undefined, next: undefined, waiting: false, arrivedAt, startedAt: undefined, isPrefetchable: true, ...task }
}

function contents (queue: RouteQueue): QueuedTask[] {
  const found: QueuedTask[] = []
  // None of these queues is longer: tasks that lead back to each other must not keep the test.
  for (let task = queue.head; task !== undefined && found.length < 10; task = task.next) found.push(task)
  return found
}

function * permutations<Value> (values: Value[]): Generator<Value[]> {
  if (values.length === 0) yield []
  for (const [index, value] of values.entries()) {
    for (const rest of permutations(values.toSpliced(index, 1))) yield [value, ...rest]
  }
}

t.test('those who wait in a queue may leave in any order, and others come after', async (t) => {
  let orders = 0
  for (const order of permutations([0, 1, 2, 3, 4])) {
    orders++
    const queue = new RouteQueue('GET /', 0, 1)
    const tasks = order.map((_, index) => taskOf(queue, index))
    for (const task of tasks) queue.push(task)
    const left = new Set(tasks)
    for (const index of order) {
      const task = tasks[index]!
      queue.remove(task)
      left.delete(task)
      if (task.waiting || task.previous !== undefined || task.next !== undefined) t.fail(`${order}: ${index} still has its place`)
      const found = contents(queue)
      if (found.length !== left.size || found.some((one, position) => one !== [...left][position])) t.fail(`${order}: wrong order without ${index}`)
    }
    const late = taskOf(queue, 5)
    queue.push(late)
    if (queue.head !== late || late.previous !== undefined) t.fail(`${order}: the next one finds an odd queue`)
  }
  t.equal(orders, 120)
})

t.test('those that come back to a queue, in any order, have the place of their arrival', async (t) => {
  let times = 0
  for (const order of permutations([0, 1, 2])) {
    for (const waiting of [[], [3], [3, 4]]) {
      times++
      const queue = new RouteQueue('GET /', 0, 1)
      const tasks = [0, 1, 2, 3, 4].map((arrivedAt) => taskOf(queue, arrivedAt))
      for (const index of waiting) queue.push(tasks[index]!)
      for (const index of order) queue.unshift(tasks[index]!)
      const expected = tasks.filter((_, index) => index < 3 || waiting.includes(index))
      const found = contents(queue)
      if (found.length !== expected.length || found.some((one, position) => one !== expected[position] || !one.waiting)) t.fail(`${order} before ${waiting}`)
      for (const task of expected.toReversed()) queue.remove(task)
      if (queue.head !== undefined) t.fail(`${order} before ${waiting}: not empty`)
      queue.push(tasks[0]!)
      if (contents(queue).length !== 1) t.fail(`${order} before ${waiting}: the next one finds an odd queue`)
    }
  }
  t.equal(times, 18)
})
