import { readFile } from 'node:fs/promises'
import t from 'tap'
import { readOptions } from '../dist/options/settings.js'

/*
 * Sentences of the docs that name a constant of the code. In each, {} stands for the constant, as the page writes it.
 */

const root = new URL('../', import.meta.url)

/** A constant is read from the source: most of them are no export, and need not be one for this. */
async function valueOf (file: string, name: string): Promise<number> {
  const source = await readFile(new URL(`lib/${file}.ts`, root), 'utf8')
  const [, value] = new RegExp(`^(?:export )?const ${name} = ([\\d_.e-]+)$`, 'm').exec(source) ?? []
  if (value === undefined) throw new Error(`lib/${file}.ts has no constant ${name} that is a number`)
  return Number(value.replaceAll('_', ''))
}

const words = ['no', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten']
const writings = {
  megabytes: (bytes: number) => `${bytes / 2 ** 20} MB`,
  kilobytes: (bytes: number) => `${bytes / 2 ** 10} kB`,
  quarter: (bytes: number) => `${bytes / 4 / 2 ** 10} kB`,
  seconds: (ms: number) => `${ms / 1_000} s`,
  minutes: (ms: number) => `${ms / 60_000} minutes`,
  percent: (share: number) => `${share * 100} %`,
  ms: (ms: number) => `${ms} ms`,
  count: (count: number) => count.toLocaleString('en'),
  plain: (count: number) => String(count),
  word: (count: number) => words[count]!,
  aSecond: (ms: number) => ms === 1_000 ? 'a second' : `${ms / 1_000} s`,
  aMinute: (ms: number) => ms === 60_000 ? 'a minute' : `${ms / 60_000} minutes`,
  // After so many a host counts as lost, see longestSilence in nats/protocol.ts.
  threeHeartbeats: (ms: number) => `${words[3 * ms / 1_000]} seconds`
}

type Stated = [page: string, sentence: string, file: string, constant: string, writing: keyof typeof writings]

const stated: Stated[] = [
  ['streams', 'At most {} of a stream are on their way', 'wire/streams', 'streamWindow', 'megabytes'],
  ['streams', 'up to {} in one message', 'wire/streams', 'batchSize', 'kilobytes'],
  ['bodies', 'At most {} are on their way to the worker', 'wire/streams', 'streamWindow', 'megabytes'],
  ['bodies', '**JSON of {} and more**', 'wire/streams', 'batchSize', 'quarter'],
  ['bodies', 'Bytes of {} and more are moved', 'wire/streams', 'batchSize', 'quarter'],
  ['what-crosses', 'A string of {} characters or more', 'wire/bytes', 'bytesFrom', 'plain'],
  ['architecture', 'in batches of {} with credit', 'wire/streams', 'batchSize', 'kilobytes'],
  ['architecture', 'at most {} are on their way', 'wire/streams', 'streamWindow', 'megabytes'],
  ['architecture', 'answer from {} to 4 MB', 'wire/buffer-pool', 'minBytes', 'kilobytes'],
  ['architecture', 'answer from 64 kB to {}', 'wire/buffer-pool', 'maxBytes', 'megabytes'],
  ['security', 'an earlier answer ({} to 4 MB)', 'wire/buffer-pool', 'minBytes', 'kilobytes'],
  ['security', 'an earlier answer (64 kB to {})', 'wire/buffer-pool', 'maxBytes', 'megabytes'],
  ['architecture', 'take less than {} on average', 'queue/route-queue', 'maxBriefRun', 'ms'],
  ['architecture', 'as many as run within {}, and seven at most', 'queue/route-queue', 'maxBriefRun', 'ms'],
  ['architecture', 'as many as run within 2 ms, and {} at most', 'executor', 'maxPrefetch', 'word'],
  ['architecture', 'runs for longer than {}', 'threads/slot-table', 'prefetchTimeout', 'ms'],
  ['limits', 'take less than about {}, up to seven', 'queue/route-queue', 'maxBriefRun', 'ms'],
  ['limits', 'about 2 ms, up to {} are sent', 'executor', 'maxPrefetch', 'word'],
  ['limits', 'has run for {}', 'threads/slot-table', 'prefetchTimeout', 'ms'],
  ['limits', 'The pauses grow up to {}', 'threads/thread-supervisor', 'maxBackoff', 'seconds'],
  ['limits', 'or twice `grace` and {} if that is longer', 'threads/thread-supervisor', 'minCloseTimeout', 'seconds'],
  ['threads', 'twice `grace` for that, at least {}', 'threads/thread-supervisor', 'minCloseTimeout', 'seconds'],
  ['threads', 'may keep the thread for {}', 'worker/thread-exit', 'maxBusyTime', 'seconds'],
  ['threads', 'than {} when it is retired', 'worker/thread-exit', 'maxBusyTime', 'seconds'],
  ['running', 'compiles schemas of its blocking routes, up to {}', 'worker/boot/deferred-schemas', 'maxWaiting', 'plain'],
  ['insight', 'at least {} of the processors\' time is idle', 'insight/pool-advice', 'idleProcessors', 'percent'],
  ['insight', 'in {} requests some of the threads', 'insight/pool-advice', 'enoughVisits', 'count'],
  ['insight', 'need {} timed visits', 'insight/visit-advice', 'enough', 'plain'],
  ['insight', 'the first {} of a route are timed', 'loop/visit/sampled-timing', 'allUntil', 'plain'],
  ['insight', 'and then one of {}', 'loop/visit/sampled-timing', 'interval', 'plain'],
  ['insight', 'After {} without work both threads wait', 'insight/stall-detector', 'idleTime', 'seconds'],
  ['insight', 'that was seen in {} requests', 'insight/held-advisor', 'enough', 'plain'],
  ['insight', 'if no second one follows within {}', 'insight/held-advisor', 'unknownTime', 'seconds'],
  ['insight', 'or {} at once', 'insight/metrics/times-buffer', 'size', 'plain'],
  ['measured', 'from {} on, also in production', 'insight/measured-holds', 'minThreshold', 'ms'],
  ['dashboard', 'It goes on for {} after the last page', 'dashboard/recorder', 'kept', 'minutes'],
  ['dashboard', 'stalls, {} of each registration', 'dashboard/recorder', 'keptEntries', 'plain'],
  ['dashboard', 'the last {} of each registration', 'dashboard/recorder', 'keptEntries', 'plain'],
  ['running', 'at most once {}', 'worker/idle', 'minInterval', 'aMinute'],
  ['running', 'as the first one, and at least {}', 'threads/thread-supervisor', 'minLaterTimeout', 'aMinute'],
  ['insight', 'on only for {} after a stall', 'insight/stall-detector', 'watchTime', 'aMinute'],
  ['dashboard', 'the server samples once {}', 'dashboard/recorder', 'interval', 'aSecond'],
  ['scaling', 'sent more than {} ago', 'nats/protocol', 'longestOpening', 'aSecond'],
  ['scaling', 'silent for {}', 'nats/protocol', 'heartbeat', 'threeHeartbeats']
]

/** Sentences that name a default of an option, beside the tables of options.md. */
const { queue, timeout, grace, pool, threshold } = readOptions({ app: import.meta.filename })
const minCloseTimeout = await valueOf('threads/thread-supervisor', 'minCloseTimeout')
const defaults: Array<[page: string, sentence: string]> = [
  ['limits', `\`queue.max\`, ${queue.max} by default`],
  ['limits', `\`queue.timeout\`, ${writings.seconds(queue.timeout!)})`],
  ['limits', `for \`timeout\` of the plugin, ${writings.seconds(timeout)} by default`],
  ['limits', `after \`grace\`, ${writings.seconds(grace)} by default`],
  ['threads', `\`pool.maxRetired\` retired threads, ${pool.maxRetired} by default`],
  ['connections', `(\`pool.maxThreads\` + ${pool.maxRetired + 1}) ×`],
  ['layouts', `(\`maxThreads\` + ${pool.maxRetired + 1}) times`],
  ['layouts', `closed within ${writings.seconds(Math.max(4 * grace, 2 * grace + minCloseTimeout))}, whatever`],
  ['insight', `hold the loop, by default ${readOptions({ app: import.meta.filename, advice: true }).advice!.threshold}.`],
  ['measured', `The threshold is ${threshold} ms by default`]
]

const pages = new Map<string, string>()
for (const page of new Set([...stated, ...defaults].map(([page]) => page))) {
  const text = await readFile(new URL(`docs/${page}.md`, root), 'utf8')
  pages.set(page, text.replaceAll(/\s+/g, ' '))
}

t.test('docs name the constants of the code', async (t) => {
  for (const [page, sentence, file, constant, writing] of stated) {
    const text = sentence.replace('{}', writings[writing](await valueOf(file, constant)))
    t.ok(pages.get(page)!.includes(text), `docs/${page}.md: ${text}`)
  }
})

t.test('docs name the defaults of the code', async (t) => {
  for (const [page, sentence] of defaults) t.ok(pages.get(page)!.includes(sentence), `docs/${page}.md: ${sentence}`)
})

t.test('README states what was measured as the pages of the measurements have it', async (t) => {
  const readme = await readFile(new URL('README.md', root), 'utf8')
  const results = await readFile(new URL('bench/results.md', root), 'utf8')
  const benchmarks = await readFile(new URL('docs/benchmarks.md', root), 'utf8')
  const cellsOf = (text: string, start: string) => text.split('\n').find((line) => line.startsWith(start))!.split('|').map((cell) => cell.trim())
  const [, , , ours, rival] = cellsOf(results, '| `noop` |')
  const [, , , , , , loop] = cellsOf(results, '| `loop` |')
  const [, , node20, node24] = cellsOf(benchmarks, '| the same in MB, 300 routes')
  for (const figure of [
    `${loop} of the requests per second`,
    `${Number(ours).toLocaleString('en')} requests per second`,
    `has ${Number(rival).toLocaleString('en')}`,
    `${node20} MB on Node 20, ${node24} MB on Node 24`
  ]) t.ok(readme.includes(figure), figure)
})
