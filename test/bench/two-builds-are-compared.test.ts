import type { ChildProcess } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import t from 'tap'
import { against } from '../../bench/against.js'
import { compare } from '../../bench/compare.js'
import { comparisons } from '../../bench/comparisons.js'
import { answer, withProcesses } from '../../bench/processes.js'
import { ratioOf } from '../../bench/ratio.js'
import { comparisonAsText } from '../../bench/report/text.js'
import { takeSlices } from '../../bench/slices.js'

function find (name: string) {
  const comparison = comparisons.find((comparison) => comparison.name === name)
  if (comparison === undefined) throw new Error(`there is no ${name}`)
  return comparison
}

const compareBuilds = (name: string) => against(process.cwd(), find(name))

t.test('the rival is the same contestant of the other checkout, whatever it and the bound are without', async (t) => {
  const noop = compareBuilds('noop')
  t.equal(noop.ours, 'ours')
  t.equal(noop.rival, new URL('../../bench/contestants/ours', import.meta.url).href)
  t.equal(compareBuilds('round-trip').rival, new URL('../../bench/in-process/round-trip', import.meta.url).href)

  const taken = { means: 'by turns', ours: { figure: 98 }, rival: { figure: 100 }, ratio: 0.98, spread: [0.97, 0.99] }
  for (const name of ['noop', 'rows', 'threads']) {
    t.ok((await compare({ ...compareBuilds(name), take: async () => taken }, {})).met)
    t.notOk((await compare({ ...compareBuilds(name), take: async () => ({ ...taken, ratio: 0.96 }) }, {})).met)
  }
  t.match(comparisonAsText(await compare({ ...compareBuilds('rows'), take: async () => taken }, {})),
    'ratio     0.980 other / this, so that higher is better, at least 0.97: met (0.970–0.990)')
})

t.test('a ratio of what had better be low is turned', async (t) => {
  const sample = { rate: 2, busy: 2, p99: 2 }
  const half = { rate: 1, busy: 1, p99: 1 }
  t.equal(ratioOf(compareBuilds('noop').figure, [sample, half]), 2)
  t.equal(ratioOf(compareBuilds('rows').figure, [sample, half]), 0.5)
  t.equal(ratioOf(compareBuilds('ping').figure, [sample, half]), 0.5)
})

t.test('what the other checkout serves imports the package as it is built there', async (t) => {
  const checkout = t.testdir({
    'package.json': '{ "name": "fastify-blocking", "type": "module", "exports": "./dist/index.js" }',
    dist: { 'index.js': 'export const build = "the other"' },
    bench: {
      contestants: {
        'ours.js': `
          import Fastify from 'fastify'
          import { build } from 'fastify-blocking'
          export const app = Fastify()
          app.get('/noop', async () => build)
        `
      }
    }
  })
  const { rival, path } = against(checkout, find('noop'))
  const build = await withProcesses(async (start: (file: string, contestant: string) => ChildProcess) => {
    const response = await fetch(await answer(start('serve.js', rival)) + path)
    return response.text()
  })
  t.equal(build, 'the other')
})

t.test('functions of two checkouts are called by turns, each first as often as the other', async (t) => {
  const prepare = (name: string) => `
    import { appendFileSync } from 'node:fs'
    const ours = async (times) => appendFileSync(new URL('calls', import.meta.url), ' ${name} ' + times)
    export const prepare = async () => ({ ours })
  `
  const folder = t.testdir({ 'package.json': '{ "type": "module" }', 'this.js': prepare('this'), 'other.js': prepare('other') })
  const [ours, rival] = ['this', 'other'].map((name) => pathToFileURL(join(folder, name)).href)
  const { means, ratio } = await takeSlices({ inProcess: 'this', ours, rival, requests: 9, pairs: 3, figure: find('round-trip').figure }, { rounds: 1 })
  t.match(means, 'a process for each, 1 rounds of 3 pairs')
  t.ok(ratio > 0)
  t.equal(readFileSync(join(folder, 'calls'), 'utf8'), ' this 9 other 9 other 9 this 9'.repeat(4))
})
