import fc from 'fast-check'
import t from 'tap'
import { build } from './fixtures/graphs.js'
import { type Graph, randomGraph } from './graphs.js'
import { type Answer, type Event, judgeApp, judgeCall } from './one-thread.js'

/*
 * Random graphs of dependencies on both sides, as routes of an app, against the rules as one thread would follow them.
 * GRAPHS=5000 tries more of them, SEED=7 others.
 */
const count = Number(process.env.GRAPHS ?? 400)
const seed = Number(process.env.SEED ?? 1)
const perApp = 40
const logBytes = 16_000_000

t.setTimeout(900_000 + count * 100)

t.test(`${count} graphs, SEED=${seed}`, async (t) => {
  const arbitrary = randomGraph(12)
  const graphs = fc.sample(arbitrary, { seed, numRuns: count })
  const seen = { calls: 0, visits: 0, failed: 0 }
  for (let first = 0; first < count; first += perApp) {
    const batch = graphs.slice(first, first + perApp)
    const verdicts = await judge(batch, seen)
    const wrong = verdicts.findIndex((verdict) => verdict.length > 0)
    if (wrong === -1) continue
    const found = { SEED: seed, index: first + wrong, wrong: verdicts[wrong], graph: batch[wrong] }
    // The smallest that fails by itself; of the same seed it is the same graph.
    const shrunk = await fc.check(fc.asyncProperty(arbitrary, async (graph) => (await judge([graph]))[0]!.length === 0),
      { seed, path: String(first + wrong), numRuns: 1, interruptAfterTimeLimit: 20_000 })
    const smallest = shrunk.counterexample?.[0]
    t.fail('a graph behaves otherwise', {
      found: JSON.stringify(found),
      smallest: smallest === undefined ? 'it does not fail alone' : JSON.stringify(smallest),
      wrong: smallest === undefined ? found.wrong : (await judge([smallest]))[0]
    })
    return
  }
  t.comment(`${seen.calls} requests, ${seen.failed} of them failed, ${seen.visits} visits`)
  t.pass('all of them as in one thread')
})

/** What is wrong with each: called alone, and once more while all others are. */
async function judge (graphs: readonly Graph[], seen = { calls: 0, visits: 0, failed: 0 }): Promise<string[][]> {
  const log = new SharedArrayBuffer(logBytes)
  const app = await build({ graphs, log })
  const answers: Array<[answer: Answer, visits: number, length: number]>[] = []
  const visitsOf = (index: number): number => app.blocking.stats().routes[`GET /${index}/run`]?.wait.count ?? 0
  const run = async (index: number, call: number): Promise<void> => {
    const before = visitsOf(index)
    const response = await app.inject(`/${index}/run?call=${call}`)
    const visits = visitsOf(index) - before
    seen.calls++
    seen.visits += visits
    if (response.statusCode !== 200) seen.failed++
    ;(answers[index] ??= []).push([{ status: response.statusCode, body: response.json() }, visits, lengthOf(log)])
  }
  try {
    await app.ready()
    for (const index of graphs.keys()) await run(index, 0)
    await Promise.all(Array.from(graphs.keys(), (index) => run(index, 1)))
  } finally {
    await app.close()
  }
  const events = read(log)
  return graphs.map((graph, index) => {
    const own = events.filter((event) => event.graph === index)
    const ofApp = own.filter(({ call }) => call === undefined)
    const ofCalls = answers[index]!.flatMap(([answer, visits, length], call) => {
      const ofCall = own.filter((event) => event.call === call)
      const late = ofCall.filter(({ at }) => at >= length).map(({ kind, node }) => `after the answer: ${kind} of n${node}`)
      return [...late, ...judgeCall(graph, ofCall, ofApp, answer, visits)].map((what) => `call ${call}: ${what}`)
    })
    return [...ofCalls, ...judgeApp(graph, ofApp)]
  })
}

/** What the fixture has written, by the place where it stands. */
function read (log: SharedArrayBuffer): Array<Event & { at: number }> {
  const lines = Buffer.from(new Uint8Array(log, 8, lengthOf(log))).toString().split('\n').slice(0, -1)
  let at = 0
  return lines.map((line) => {
    const event: Event = JSON.parse(line)
    at += line.length + 1
    return { ...event, at: at - line.length - 1 }
  })
}

function lengthOf (log: SharedArrayBuffer): number {
  return Atomics.load(new Int32Array(log, 0, 2), 0)
}
