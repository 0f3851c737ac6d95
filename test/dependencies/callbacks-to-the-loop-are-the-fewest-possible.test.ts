import { dependency, type Dependency } from 'fastify-blocking'
import fc from 'fast-check'
import t from 'tap'
import { makePlan } from '../../dist/dependencies/make-plan.js'
import type { Plan, Side } from '../../dist/dependencies/plan.js'
import { describePlan } from '../../dist/dependencies/describe-plan.js'
import { expand, type Graph, type Instance, randomGraph } from './graphs.js'

/*
 * Small graphs, of which every order of execution can be tried. RUNS=500000 tries more of them, SEED=7 others. The planner is
 * called itself: an app with as many routes would take minutes to boot, and tells no order within a phase.
 */
const numRuns = Number(process.env.RUNS ?? 20_000)
const seed = Number(process.env.SEED ?? 1)
const mostInstances = 9

t.test(`no order has fewer callbacks than the plan, and the plan is one of them: ${numRuns} graphs, SEED=${seed}`, async (t) => {
  const callbacks: number[] = []
  fc.assert(fc.property(smallGraph(), (graph) => {
    const plan = planOf(graph)
    const mistakes = mistakesOf(plan)
    if (mistakes.length > 0) throw new Error(mistakes.join('; '))
    const fewest = fewestCallbacks(graph)
    const { callbacks: planned } = describePlan(plan)
    callbacks[fewest] = (callbacks[fewest] ?? 0) + 1
    if (planned !== fewest) throw new Error(`${planned} callbacks planned, ${fewest} would do`)
  }), { numRuns, seed })
  t.comment(`graphs by callbacks: ${Object.entries(callbacks).map(([times, graphs]) => `${graphs} with ${times}`).join(', ')}`)
  for (const times of [0, 1, 2]) t.ok(callbacks[times]! > 0, `there were graphs with ${times}`)
})

/** The route wants the last of its dependencies, so that most of them take part. */
function smallGraph (): fc.Arbitrary<Graph> {
  return fc.tuple(randomGraph(6), fc.boolean()).map(([{ nodes, levels: [outer = []], handler }, isContext]) => {
    const own = [{ name: 'last', node: nodes.length - 1 }]
    return { nodes, levels: isContext ? [outer, own] : [own], handler }
  })
    .filter((graph) => expand(graph).instances.length <= mostInstances)
}

function planOf ({ nodes, levels, handler }: Graph): Plan {
  const made: Dependency[] = []
  for (const { blocking, lifetime, cache, needs } of nodes) {
    const dependencies = Object.fromEntries(needs.map((id) => [`n${id}`, made[id]!]))
    made.push(lifetime === 'app' ? dependency({ blocking, lifetime, dependencies }, () => 0) : dependency({ blocking, cache, dependencies }, () => 0))
  }
  const named = levels.map((level) => Object.fromEntries(level.map(({ name, node }) => [name, made[node]!])))
  return makePlan('GET /', sideOf(handler.blocking), named, { dispatch: 'explicit', overrides: new Map(), used: [] })
}

/** What the plan runs too early, and phases in which the loop has nothing to do. */
function mistakesOf ({ nodes, phases, provided, handler, handlerPhase }: Plan): string[] {
  const mistakes: string[] = []
  const ofRequest = nodes.filter(({ dependency }) => dependency.lifetime === 'request')
  for (const node of nodes) {
    if (node.phase % 2 !== (node.side === 'loop' ? 0 : 1)) mistakes.push(`${node.label} runs on the wrong side`)
    const before = [
      ...node.needs.map((need) => need.node),
      ...node.dependency.lifetime === 'app' ? [] : ofRequest.filter(({ level }) => level < node.level)
    ]
    for (const other of before) if (other.phase > node.phase) mistakes.push(`${node.label} runs in phase ${node.phase}, before ${other.label} in ${other.phase}`)
  }
  for (const { node } of provided) if (node.phase > handlerPhase) mistakes.push(`the handler runs before ${node.label}`)
  if (handlerPhase % 2 !== (handler === 'loop' ? 0 : 1)) mistakes.push('the handler runs on the wrong side')
  const planned = phases.flatMap(({ levels }) => levels).flat()
  if (planned.length !== ofRequest.length || new Set(planned).size !== planned.length) mistakes.push('not each runs once')
  for (const [index, { levels }] of phases.entries()) {
    const order = levels.flat()
    for (const [at, node] of order.entries()) {
      if (node.needs.some((need) => order.indexOf(need.node) > at)) mistakes.push(`${node.label} runs before what it needs`)
      if (at > 0 && order[at - 1]!.level > node.level) mistakes.push(`${node.label} runs after an inner level`)
    }
    if (index > 1 && index < handlerPhase && order.length === 0) mistakes.push(`nothing happens in phase ${index}`)
  }
  return mistakes
}

/** Over all orders: how often at least the worker has to stop for the loop and go on after it. */
function fewestCallbacks (graph: Graph): number {
  const { instances, provided } = expand(graph)
  // Made before the request, those of the app are there as soon as their side is. Nobody asks for one that another one hides.
  const isAwaited = (one: Instance): boolean => one.node.lifetime === 'request' || [...provided.values()].includes(one) || instances.some(({ needs }) => needs.includes(one))
  const awaited = instances.filter(isAwaited)
  const isRequest = ({ node }: Instance): boolean => node.lifetime === 'request'
  const mayRun = (one: Instance, done: ReadonlySet<Instance>): boolean => one.needs.every((need) => done.has(need)) &&
    (!isRequest(one) || awaited.every((other) => !isRequest(other) || other.level >= one.level || done.has(other)))
  const known = new Map<string, number>()

  /** `side` is the one that runs; from the worker's first phase on, those of the loop are callbacks if the worker goes on after them. */
  const fewest = (done: ReadonlySet<Instance>, side: Side, isOpen: boolean): number => {
    if (done.size === awaited.length) return isOpen && side === 'loop' && graph.handler.blocking ? 1 : 0
    const key = `${awaited.map((one) => Number(done.has(one))).join('')} ${side} ${isOpen}`
    let least = known.get(key)
    if (least !== undefined) return least
    least = Infinity
    for (const one of awaited) {
      if (done.has(one) || !mayRun(one, done)) continue
      const next = sideOf(one.node.blocking)
      const isCallback = isOpen && side === 'loop' && next === 'worker'
      least = Math.min(least, Number(isCallback) + fewest(new Set([...done, one]), next, isOpen || next === 'worker'))
    }
    known.set(key, least)
    return least
  }
  return fewest(new Set(), 'loop', false)
}

function sideOf (blocking: boolean): Side {
  return blocking ? 'worker' : 'loop'
}
