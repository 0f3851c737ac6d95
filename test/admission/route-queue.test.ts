import t from 'tap'
import { type QueuedTask, RouteQueue } from '../../dist/queue/route-queue.js'

/** The queue looks at none of these. */
const task: Omit<QueuedTask, 'queue' | 'previous' | 'next' | 'waiting' | 'arrivedAt' | 'isPrefetchable'> = {
  label: '',
  isTerminable: true,
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
  return { queue, previous: undefined, next: undefined, waiting: false, arrivedAt, isPrefetchable: true, ...task }
}

function contents (queue: RouteQueue): QueuedTask[] {
  const found: QueuedTask[] = []
  for (let task = queue.head; task !== undefined; task = task.next) found.push(task)
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
