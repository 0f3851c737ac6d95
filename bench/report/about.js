import { readFileSync } from 'node:fs'
import { cpus, loadavg, release, totalmem, type } from 'node:os'
import { findFastApi } from '../contestants/fastapi.js'
import { maxThreads } from '../limits.js'

const packages = ['fastify', 'piscina', 'fastify-piscina', 'tinypool', 'workerpool', 'poolifier', 'autocannon']

/** What was measured on, with what, when and how. */
export function describe ({ rounds, seconds, all, other }) {
  return {
    processor: `${cpus().length} × ${cpus()[0]?.model.trim()}`,
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    system: `${type()} ${release()}`,
    load: loadavg()[0].toFixed(1),
    date: new Date().toISOString().slice(0, 10),
    node: { version: process.versions.node, isLts: process.release.lts !== undefined },
    versions: [
      `Node ${process.versions.node}`,
      ...['../..', ...packages.map((name) => `../../node_modules/${name}`)].map(nameAndVersion),
      ...(all ? findFastApi()?.versions ?? ['FastAPI is not installed'] : [])
    ],
    maxThreads,
    other,
    rounds,
    seconds
  }
}

function nameAndVersion (folder) {
  const { name, version } = JSON.parse(readFileSync(new URL(`${folder}/package.json`, import.meta.url), 'utf8'))
  return `${name} ${version}`
}
