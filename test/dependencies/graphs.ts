import fc from 'fast-check'

/* Random graphs of dependencies, as plain data. */

export type Kind = 'plain' | 'async' | 'generator' | 'asyncGenerator'

export interface NodeSpec {
  /** It needs only those with a lower one. */
  id: number
  blocking: boolean
  kind: Kind
  cache: boolean
  lifetime: 'request' | 'app'
  needs: number[]
  /** How often an asynchronous one waits, before its value and while it ends. */
  ticks: number
  /** Instead of giving a value; a generator may also just return. */
  fails: false | 'throw' | 'nothing'
  /** What a generator does after its value. */
  ends: 'pass' | 'replace' | 'swallow' | 'fail' | 'again'
}

export interface Graph {
  nodes: NodeSpec[]
  /** Of the outer context, of the inner one, and of the route. */
  levels: Array<Array<{ name: string, node: number }>>
  handler: { blocking: boolean, kind: 'plain' | 'async' | 'send', ticks: number, fails: boolean }
}

/** One use of a node, or all of them if it is cached. */
export interface Instance {
  node: NodeSpec
  level: number
  /** Names by which it was first asked for. */
  label: string
  needs: Instance[]
}

export function randomGraph (mostNodes: number): fc.Arbitrary<Graph> {
  const node = fc.record({
    blocking: fc.boolean(),
    kind: fc.constantFrom<Kind>('plain', 'async', 'generator', 'asyncGenerator'),
    cache: mostly(true, false, 5),
    lifetime: mostly<NodeSpec['lifetime']>('request', 'app', 4),
    needs: fc.array(fc.nat(999), { maxLength: 3 }),
    ticks: fc.nat(2),
    givesNothing: mostly(false, true, 3),
    ends: fc.oneof(
      { weight: 7, arbitrary: fc.constant<NodeSpec['ends']>('pass') },
      { weight: 3, arbitrary: fc.constantFrom<NodeSpec['ends']>('replace', 'swallow', 'fail', 'again') }
    )
  })
  const level = fc.array(fc.record({ node: fc.nat(999), isShared: mostly(false, true, 5) }), { maxLength: 4 })
  return fc.record({
    nodes: fc.array(node, { minLength: 1, maxLength: mostNodes, size: 'max' }),
    levels: fc.tuple(level, level, level),
    failing: fc.oneof({ weight: 2, arbitrary: fc.constant<number[]>([]) }, { weight: 1, arbitrary: fc.array(fc.nat(999), { minLength: 1, maxLength: 3 }) }),
    handler: fc.record({
      blocking: fc.boolean(),
      kind: fc.constantFrom<Graph['handler']['kind']>('plain', 'async', 'send'),
      ticks: fc.nat(2),
      fails: mostly(false, true, 3)
    })
  }).map(({ nodes, levels, failing, handler }) => {
    const failed = new Set(failing.map((index) => index % nodes.length))
    const specs: NodeSpec[] = []
    for (const [id, { needs, givesNothing, ...spec }] of nodes.entries()) specs.push(makeValid({ id, ...spec, needs, fails: !failed.has(id) ? false : givesNothing ? 'nothing' : 'throw' }, specs))
    const graph: Graph = {
      nodes: specs,
      levels: levels.map((entries) => unique(entries.map(({ node, isShared }) => {
        const id = node % specs.length
        // The same name in two levels: the inner one is given.
        return { name: isShared ? 'shared' : `n${id}`, node: id }
      }), ({ name }) => name)),
      handler
    }
    return countUses(graph) > 40 ? { ...graph, nodes: specs.map((spec) => ({ ...spec, cache: true })) } : graph
  })
}

function makeValid (spec: NodeSpec, before: readonly NodeSpec[]): NodeSpec {
  const isApp = spec.lifetime === 'app'
  const possible = before.filter(({ lifetime, blocking }) => !isApp || (lifetime === 'app' && blocking === spec.blocking))
  const needs = possible.length === 0 ? [] : unique(spec.needs.map((index) => possible[index % possible.length]!.id), (id) => id)
  if (isApp) return { ...spec, needs, cache: true, fails: false, ends: 'pass' }
  const isGenerator = spec.kind === 'generator' || spec.kind === 'asyncGenerator'
  return {
    ...spec,
    needs,
    fails: spec.fails === 'nothing' && !isGenerator ? 'throw' : spec.fails,
    // Which of two that end in one tick came first could be seen either way.
    ticks: spec.kind === 'asyncGenerator' || spec.fails !== false ? Math.max(1, spec.ticks) : spec.ticks,
    ends: isGenerator ? spec.ends : 'pass'
  }
}

function countUses ({ nodes, levels }: Graph): number {
  const uses = (id: number): number => nodes[id]!.needs.reduce((sum, need) => sum + uses(need), 1)
  return levels.flat().reduce((sum, { node }) => nodes.some(({ cache }) => !cache) ? sum + uses(node) : sum, 0)
}

function mostly<Value> (one: Value, other: Value, times: number): fc.Arbitrary<Value> {
  return fc.oneof({ weight: times, arbitrary: fc.constant(one) }, { weight: 1, arbitrary: fc.constant(other) })
}

function unique<Value> (values: readonly Value[], key: (value: Value) => unknown): Value[] {
  return values.filter((value, index) => values.findIndex((other) => key(other) === key(value)) === index)
}

/** All that takes part, each after what it needs, and what the handler gets. */
export function expand ({ nodes, levels }: Graph): { instances: Instance[], provided: Map<string, Instance> } {
  const instances: Instance[] = []
  const cached = new Map<number, Instance>()
  const provided = new Map<string, Instance>()
  const use = (id: number, level: number, label: string): Instance => {
    const known = cached.get(id)
    if (known !== undefined) return known
    const node = nodes[id]!
    const instance: Instance = { node, level, label, needs: node.needs.map((need) => use(need, level, `${label}.n${need}`)) }
    instances.push(instance)
    if (node.cache) cached.set(id, instance)
    return instance
  }
  for (const [level, entries] of levels.entries()) {
    for (const { name, node } of entries) provided.set(name, use(node, level, name))
  }
  return { instances, provided }
}
