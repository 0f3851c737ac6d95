// npm run soak -- --requests 1000000
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { Agent, request } from 'undici'
import { slopeOf } from './slope.js'

/** The first samples are of a server that warms up: code is compiled, caches fill. */
const samples = 40
const warm = 10
const clients = 12
/** What a value may grow by in a whole run, by the slope that is found, of what it is: beyond chance alone, and beyond this. */
const tolerance = 0.02

const { values } = parseArgs({ options: { requests: { type: 'string', default: '1000000' } } })
const total = Number(values.requests)
if (!Number.isInteger(total) || total < samples * clients) {
  console.error(`usage: npm run soak -- [--requests N], at least ${samples * clients}`)
  process.exit(2)
}

const routes = [
  ['/value'], ['/value'], ['/value'], ['/session'], ['/session'], ['/signal'], ['/offloaded'], ['/stream'],
  ['/error', 500],
  ['/echo', 200, JSON.stringify({ text: 'x'.repeat(2_000), list: [1, 2, 3] })],
  ['/parsed', 200, JSON.stringify({ text: 'x'.repeat(5_000) })]
]

const server = fork(fileURLToPath(new URL('server.js', import.meta.url)), { execArgv: ['--expose-gc'] })
const [url] = await once(server, 'message')
const agent = new Agent()
let sent = 0
const wrong = {}

async function client (until) {
  while (sent < until) {
    const number = sent++
    const [path, status = 200, body] = routes[number % routes.length]
    const response = await request(url + path, { dispatcher: agent, method: body === undefined ? 'GET' : 'POST', headers: { 'x-mark': String(number), ...body !== undefined && { 'content-type': 'application/json' } }, body })
    await response.body.dump()
    if (response.statusCode !== status) wrong[`${path} ${response.statusCode}`] = (wrong[`${path} ${response.statusCode}`] ?? 0) + 1
  }
}

const series = {}
const began = performance.now()
for (let sample = 1; sample <= samples; sample++) {
  const until = Math.floor(total * sample / samples)
  await Promise.all(Array.from({ length: clients }, () => client(until)))
  const told = once(server, 'message')
  server.send('sample')
  const [state] = await told
  // Of the threads, whichever answers; the smaller of several is what is held.
  const asked = await Promise.all(Array.from({ length: 6 }, async () => (await request(`${url}/memory`, { dispatcher: agent })).body.json()))
  state.workerHeap = Math.min(...asked.map(({ heapUsed }) => heapUsed))
  for (const [name, value] of Object.entries(state)) (series[name] ??= []).push(value)
  if (sample % 10 === 0) console.log(`${String(until).padStart(8)} requests, ${Math.round(until / (performance.now() - began) * 1_000)} a second, heap ${mega(state.heapUsed)}, worker's ${mega(state.workerHeap)}, external ${mega(state.external)}, rss ${mega(state.rss)} MB`)
}
await agent.close()
server.kill('SIGTERM')
const [code] = await once(server, 'exit')

const failures = Object.entries(wrong).map(([what, count]) => `${count} times ${what}`)
if (code !== 0) failures.push(`the server ended with code ${code}`)
for (const [name, all] of Object.entries(series)) {
  const { slope, error, mean } = slopeOf(all.slice(warm))
  const grown = slope * (samples - warm)
  // rss is the allocator's as much as ours: it is printed, and not judged.
  const grows = name !== 'rss' && slope > 3 * error && grown > tolerance * mean
  console.log(`${name.padEnd(12)} ${Math.round(mean)} on average, ${grown < 0 ? '' : '+'}${Math.round(grown)} (± ${Math.round(3 * error * (samples - warm))}) in ${total - Math.floor(total * warm / samples)} requests${grows ? ': it grows' : ''}`)
  if (grows) failures.push(`${name} grows`)
}
for (const failure of failures) console.error(failure)
process.exitCode = failures.length === 0 ? 0 : 1

function mega (bytes) {
  return Math.round(bytes / 100_000) / 10
}
