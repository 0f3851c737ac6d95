import { readFileSync } from 'node:fs'
import { cpus, loadavg } from 'node:os'
import { maxThreads } from './limits.js'

export function printHeading () {
  const versions = ['..', '../node_modules/fastify', '../node_modules/piscina', '../node_modules/autocannon'].map(nameAndVersion)
  console.log(`${cpus().length} × ${cpus()[0]?.model.trim()}, load before ${loadavg()[0].toFixed(1)}
Node ${process.version}, ${versions.join(', ')}; up to ${maxThreads} threads in each pool

Each contestant is a process of its own, started anew for each round, and asked by another one. Ours and its rival take
turns. A ratio is the median of those of the rounds, ours / rival; beside it their range.
`)
}

export function printTable (outcomes) {
  for (const { name, title, means, figure, ours, rival, ratio, best, spread, met, ...bounds } of outcomes) {
    const verdict = met ? 'met' : 'MISSED'
    const judgement = 'atLeast' in bounds
      ? `at least ${Number(bounds.atLeast.toFixed(3))}: ${verdict}`
      : 'atMost' in bounds ? `at most ${bounds.atMost}: ${verdict}` : 'no bound'
    const side = (label, { figure: value, utilization }) =>
      `  ${label}  ${value.toFixed(figure.digits).padStart(8)} ${figure.unit}${utilization === undefined ? '' : `, loop busy ${Math.round(utilization * 100)} %`}`
    console.log([
      `${name}: ${title}`,
      `  ${means}`,
      side('ours ', ours),
      side('rival', rival),
      `  ratio  ${ratio.toFixed(3).padStart(8)}, ${judgement} (${spread.map((value) => value.toFixed(3)).join('–')}${best === undefined ? '' : `, best rounds ${best.toFixed(3)}`})`,
      ''
    ].join('\n'))
  }
}

function nameAndVersion (folder) {
  const { name, version } = JSON.parse(readFileSync(new URL(`${folder}/package.json`, import.meta.url), 'utf8'))
  return `${name} ${version}`
}
