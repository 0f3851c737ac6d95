import { expand, type Graph, type Instance } from './graphs.js'

/*
 * The rules of dependencies, as one reads them, applied to what has happened in two threads. Where several orders are
 * right, each of them passes.
 */

type Side = 'loop' | 'worker'

export interface Event {
  graph: number
  /** Of the request; undefined of a dependency of the app. */
  call?: number
  side: Side
  kind: 'start' | 'value' | 'throw' | 'end' | 'ended' | 'handle'
  node: number
  run: number
  /** Of `start` and `handle`: what was handed in, and whether it is the very thing that was made on this side. */
  needs: Record<string, { node: number, run: number, isOwn: boolean }>
  /** Of `end`: what was thrown in. */
  error?: { message: string, isOwn: boolean }
}

export interface Answer {
  status: number
  body: { message?: string, side?: string }
}

/** An error on its way. */
interface Failure {
  /** More than one where it cannot be told which use of an uncached dependency it was. */
  messages: string[]
  status: number
  /** Undefined for errors of the plugin. */
  side: Side | undefined
}

/** What is wrong with one call; `visits` is how often it was admitted. */
export function judgeCall (graph: Graph, events: readonly Event[], ofApp: readonly Event[], answer: Answer, visits: number): string[] {
  const wrong: string[] = []
  const expect = (what: string, actual: unknown, expected: unknown): void => {
    if (JSON.stringify(actual) !== JSON.stringify(expected)) wrong.push(`${what}: ${JSON.stringify(actual)}, and not ${JSON.stringify(expected)}`)
  }
  const { instances, provided } = expand(graph)
  const own = instances.filter(({ node }) => node.lifetime === 'request')
  const { handler } = graph
  const all = [...ofApp, ...events]
  const of = (kind: Event['kind']): Event[] => events.filter((event) => event.kind === kind)
  const starts = of('start')
  const values = of('value')
  const throws = of('throw')
  const handles = of('handle')
  const ends = of('end')
  const firstThrow = throws.length > 0 ? events.indexOf(throws[0]!) : Infinity

  // Each use is a run, and no run is used where another is meant.
  const uses = new Map<number, number>()
  const checkNeeds = (event: Event, who: string, expected: ReadonlyMap<string, Instance>): void => {
    expect(`${who} gets`, Object.entries(event.needs).map(([name, { node }]) => [name, node]).sort(), [...expected].map(([name, { node }]) => [name, node.id]).sort())
    for (const { node, run, isOwn } of Object.values(event.needs)) {
      const made = all.find((other) => other.kind === 'value' && other.run === run)
      if (made === undefined || made.node !== node || all.indexOf(made) > all.indexOf(event)) wrong.push(`${who} starts before n${node} has given what it gets`)
      else expect(`${who} gets n${node} itself`, isOwn, made.side === event.side)
      uses.set(run, (uses.get(run) ?? 0) + 1)
    }
  }
  for (const start of starts) {
    const { needs } = instances.find(({ node }) => node.id === start.node)!
    checkNeeds(start, `n${start.node}`, new Map(needs.map((need) => [`n${need.node.id}`, need])))
  }
  for (const handle of handles) checkNeeds(handle, 'the handler', provided)
  const isComplete = throws.length === 0
  for (const { id, cache, blocking } of graph.nodes) {
    const runs = starts.filter(({ node }) => node === id)
    const expected = own.filter(({ node }) => node.id === id).length
    if (isComplete || runs.length > expected) expect(`runs of n${id}`, runs.length, expected)
    for (const { run, side } of runs) {
      expect(`side of n${id}`, side, sideOf(blocking))
      if (!cache && (uses.get(run) ?? 0) > 1) wrong.push(`n${id} is not cached, and one run was handed out ${uses.get(run)} times`)
    }
  }

  // What has begun comes to a value or an error, and after an error nothing begins.
  expect('runs that ended in a value or an error', [...values, ...throws].map(({ run }) => run).sort(), starts.map(({ run }) => run).sort())
  for (const event of [...starts, ...handles]) if (events.indexOf(event) > firstThrow) wrong.push(`after an error ${describe(event)} began`)
  expect('calls of the handler', handles.length, isComplete ? 1 : 0)
  for (const { side } of handles) expect('side of the handler', side, sideOf(handler.blocking))

  // Levels, one after the other.
  const levelsOf = (id: number): number[] => own.filter(({ node }) => node.id === id).map(({ level }) => level).sort((a, b) => a - b)
  const levelOf = (event: Event): number => levelsOf(event.node)[starts.filter(({ node }) => node === event.node).findIndex(({ run }) => run === event.run)]!
  for (const start of starts) {
    const level = levelOf(start)
    const before = values.filter((value) => events.indexOf(value) < events.indexOf(start) && levelOf(value) < level).length
    expect(`values of outer levels before ${describe(start)}`, before, own.filter((instance) => instance.level < level).length)
  }
  if (handles.length > 0) expect('values before the handler', values.filter((value) => events.indexOf(value) < events.indexOf(handles[0]!)).length, own.length)

  // In the worker one at a time, and nothing beside it.
  for (const [index, event] of events.entries()) {
    if (event.side === 'worker' && event.kind === 'start') expect(`what comes after worker n${event.node} has begun`, events[index + 1]?.run, event.run)
  }
  // On the loop together, what needs nothing.
  for (const level of [0, 1, 2]) {
    const together = starts.filter((start) => levelOf(start) === level && Object.keys(start.needs).length === 0 && start.side === 'loop')
    const last = together.at(-1)
    if (last === undefined) continue
    for (const { node, run } of together) {
      const { kind, ticks } = graph.nodes[node]!
      if (kind === 'plain' || kind === 'generator' || ticks === 0) continue
      const value = events.findIndex((event) => event.run === run && event.kind === 'value')
      if (value !== -1 && value < events.indexOf(last)) wrong.push(`${describe(last)} began only when n${node} had its value`)
    }
  }
  // What does not need the worker comes before it.
  const needsWorker = ({ node, needs }: Instance): boolean => node.blocking || needs.some(needsWorker)
  const isHeldUp = (instance: Instance): boolean => needsWorker(instance) || own.some((other) => other.level < instance.level && needsWorker(other))
  const firstOfWorker = events.findIndex(({ side }) => side === 'worker')
  if (firstOfWorker !== -1) {
    const early = own.filter((instance) => !isHeldUp(instance)).length
    const had = events.slice(0, firstOfWorker).filter(({ kind }) => kind === 'value').length
    if (had < early) wrong.push(`only ${had} of ${early} that do not need the worker had their value before it began`)
  }

  // The error that wins, on its way through the generators.
  let failure: Failure | undefined
  if (throws.length > 0) {
    const { node, side } = throws[0]!
    failure = graph.nodes[node]!.fails === 'throw'
      ? { messages: [`n${node} failed`], status: 440 + node, side }
      : { messages: labelsOf(instances, node).map((label) => `dependency ${label} is a generator and did not yield its value; yield once`), status: 500, side: undefined }
  } else if (handler.fails) failure = { messages: ['the handler failed'], status: 430, side: sideOf(handler.blocking) }
  const generators = values.filter(({ node }) => isGenerator(graph, node))
  expect('torn down', ends.map(({ run }) => run), generators.map(({ run }) => run).reverse())
  expect('torn down to the end', of('ended').map(({ run }) => run), ends.map(({ run }) => run))
  for (const [index, end] of ends.entries()) {
    const at = events.indexOf(end)
    if (events.some(({ kind }, other) => other > at && kind !== 'end' && kind !== 'ended')) wrong.push(`${describe(end)} while something else was not over`)
    expect('one teardown after the other', events[at + 1]?.kind, 'ended')
    if (index > 0) expect('one teardown after the other', events[at - 1]?.kind, 'ended')
    if (failure === undefined) expect(`what is thrown into n${end.node}`, end.error?.message, undefined)
    else {
      if (!failure.messages.includes(end.error?.message ?? '')) wrong.push(`thrown into n${end.node}: ${end.error?.message}, and not ${failure.messages.join(' or ')}`)
      if (failure.side !== undefined) expect(`what is thrown into n${end.node} is the error itself`, end.error?.isOwn, failure.side === end.side)
    }
    const { ends: how } = graph.nodes[end.node]!
    if (how === 'fail') failure = { messages: [`n${end.node} failed to end`], status: 460 + end.node, side: end.side }
    if (how === 'replace' && failure !== undefined) failure = { messages: [`n${end.node} replaced the error`], status: 480 + end.node, side: end.side }
    if (how === 'again') failure = { messages: labelsOf(instances, end.node).map((label) => `dependency ${label} yielded once more when it was to end; yield once`), status: 500, side: undefined }
  }

  // What is answered.
  if (failure === undefined) expect('answer', answer, { status: 200, body: { side: sideOf(handler.blocking) } })
  else {
    expect('status', answer.status, failure.status)
    if (!failure.messages.includes(answer.body.message ?? '')) wrong.push(`answered is ${JSON.stringify(answer.body)}, and not ${failure.messages.join(' or ')}`)
  }

  // One visit at most, and none without work for it.
  const isVisit = handler.blocking || own.some(needsWorker) || [...provided.values()].some(needsWorker)
  if (!isVisit) expect('visits', visits, 0)
  else if (isComplete || firstOfWorker !== -1) expect('visits', visits, 1)
  else if (visits > 1) wrong.push(`${visits} visits`)
  return wrong
}

/** What is wrong with the dependencies of the app: each is made once, after what it needs, and ends last in, first out. */
export function judgeApp (graph: Graph, events: readonly Event[]): string[] {
  const wrong: string[] = []
  const used = new Set(expand(graph).instances.filter(({ node }) => node.lifetime === 'app').map(({ node }) => node.id))
  const runs = events.filter(({ kind }) => kind === 'start').map(({ node }) => node).sort((a, b) => a - b)
  if (String(runs) !== String([...used].sort((a, b) => a - b))) wrong.push(`of the app n${runs.join()} were made, and not n${[...used].join()}`)
  for (const side of ['loop', 'worker']) {
    const here = events.filter((event) => event.side === side)
    for (const [index, start] of here.entries()) {
      if (start.kind !== 'start') continue
      if (here[index + 1]?.run !== start.run) wrong.push(`${describe(start)} was not made by itself`)
      for (const { node, run, isOwn } of Object.values(start.needs)) {
        if (!isOwn || !here.slice(0, index).some((event) => event.kind === 'value' && event.run === run)) wrong.push(`${describe(start)} did not get n${node}`)
      }
    }
    const generators = here.filter(({ kind, node }) => kind === 'value' && isGenerator(graph, node)).map(({ run }) => run)
    const ended = here.filter(({ kind }) => kind === 'ended').map(({ run }) => run)
    if (String(ended) !== String(generators.reverse())) wrong.push(`of the app on the side ${side} runs ${ended.join()} ended, and not ${generators.join()}`)
  }
  return wrong
}

function isGenerator ({ nodes }: Graph, id: number): boolean {
  const { kind } = nodes[id]!
  return kind === 'generator' || kind === 'asyncGenerator'
}

function labelsOf (instances: readonly Instance[], id: number): string[] {
  return instances.filter(({ node }) => node.id === id).map(({ label }) => label)
}

function sideOf (blocking: boolean): Side {
  return blocking ? 'worker' : 'loop'
}

function describe ({ kind, node, run }: Event): string {
  return kind === 'handle' ? 'the handler' : `n${node} (run ${run})`
}
