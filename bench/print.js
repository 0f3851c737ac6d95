import { readFileSync } from 'node:fs'
import { cpus, loadavg } from 'node:os'
import { maxThreads } from './limits.js'

export function printHeading (rounds, seconds) {
  const versions = ['..', '../node_modules/fastify', '../node_modules/piscina', '../node_modules/autocannon'].map(nameAndVersion)
  console.log(`${cpus().length} × ${cpus()[0]?.model.trim()}, load before ${loadavg()[0].toFixed(1)}
Node ${process.version}, ${versions.join(', ')}; up to ${maxThreads} threads in each pool

Each contestant is a process of its own, started anew for each round, and asked by autocannon in another one. After 1 s
of warm-up each, ours and its rival take turns, one first in a round, the other in the next: ${rounds} rounds of ${seconds} s each.
A ratio is the median of those of the rounds, ours / rival; beside it their range, and the ratio of the best rounds.
`)
}

export function printTable (outcomes) {
  for (const { name, title, figure, ours, rival, ratio, best, spread, met, ...bounds } of outcomes) {
    const bound = 'atLeast' in bounds ? `at least ${bounds.atLeast}` : `at most ${bounds.atMost}`
    const side = (label, { figure: value, utilization }) =>
      `  ${label}  ${value.toFixed(figure.digits).padStart(8)} ${figure.unit}${utilization === undefined ? '' : `, loop busy ${Math.round(utilization * 100)} %`}`
    console.log([
      `${name}: ${title}`,
      side('ours ', ours),
      side('rival', rival),
      `  ratio  ${ratio.toFixed(3).padStart(8)}, ${bound}: ${met ? 'met' : 'MISSED'} (${spread.map((value) => value.toFixed(3)).join('–')}${best === undefined ? '' : `, best rounds ${best.toFixed(3)}`})`,
      ''
    ].join('\n'))
  }
}

function nameAndVersion (folder) {
  const { name, version } = JSON.parse(readFileSync(new URL(`${folder}/package.json`, import.meta.url), 'utf8'))
  return `${name} ${version}`
}
