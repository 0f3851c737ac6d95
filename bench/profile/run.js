// npm run bench:profile -- --only noop,json-in-1-mb --seconds 10: the five largest costs of each case, by thread, as tables in Markdown. It needs perf.
import { spawnSync } from 'node:child_process'
import { parseArgs } from 'node:util'
import { cases } from './cases.js'
import { record } from './record.js'

const { values: { only, seconds } } = parseArgs({ options: { only: { type: 'string' }, seconds: { type: 'string', default: '10' } } })
const names = only?.split(',') ?? Object.keys(cases)
const unknown = names.filter((name) => cases[name] === undefined)
if (unknown.length > 0) throw new Error(`${unknown.join(', ')} cannot be run; these can: ${Object.keys(cases).join(', ')}`)
if (spawnSync('perf', ['--version']).status !== 0) throw new Error('perf is needed: Linux, with the package linux-perf or linux-tools')

console.log(`Node ${process.versions.node}, ${seconds} s each; µs of a processor per request\n`)
console.log('| | thread | in all | the five largest costs |\n| --- | --- | ---: | --- |')
for (const name of names) {
  const { rate, costs } = await record(cases[name], Number(seconds))
  for (const [index, [thread, byCost]] of Object.entries(costs).sort((a, b) => total(b[1]) - total(a[1])).entries()) {
    const largest = Object.entries(byCost).sort((a, b) => b[1] - a[1]).slice(0, 5).map(([cost, time]) => `${cost} ${format(time)}`)
    console.log(`| ${index === 0 ? `\`${name}\`, ${Math.round(rate)} requests/s` : ''} | ${thread} | ${format(total(byCost))} | ${largest.join(', ')} |`)
  }
}

function total (byCost) {
  return Object.values(byCost).reduce((sum, time) => sum + time, 0)
}

function format (time) {
  return time.toPrecision(2).includes('e') ? String(Math.round(time)) : time.toPrecision(2)
}
