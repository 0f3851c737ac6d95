import { execFileSync, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { answer, ask, withProcesses } from '../processes.js'
import { costOf, threadOf } from './classify.js'

// V8 writes the names of compiled functions to a file that perf reads.
const flags = ['--perf-basic-prof', '--interpreted-frames-native-stack']

/**
 * Profiles a server while it is asked. Returns µs of a processor per request, by thread and cost, and the requests per second.
 */
export async function record ({ contestant, path, upload, connections = 16 }, seconds) {
  const folder = mkdtempSync(join(tmpdir(), 'fastify-blocking-profile-'))
  const server = fork(new URL('../serve.js', import.meta.url), [contestant], {
    execArgv: [...process.execArgv, ...flags], cwd: folder, env: { ...process.env, NODE_ENV: 'production' }
  })
  try {
    const origin = await answer(server)
    return await withProcesses(async (start) => {
      const load = start('load.js')
      const asked = (seconds) => ask(load, { url: origin + path, connections, seconds, upload })
      await asked(12) // until V8 has compiled what a request goes through
      const file = join(folder, 'perf.data')
      const perf = spawn('perf', ['record', '-F', '1999', '-e', 'cpu-clock', '-g', '-o', file, '-p', String(server.pid)], { stdio: 'ignore' })
      await ask(server, 'start')
      const { requests, seconds: took } = await asked(seconds)
      const { all } = await ask(server, 'stop')
      perf.kill('SIGINT')
      await once(perf, 'exit')
      return { rate: requests / took, costs: readCosts(file, all * 1_000 / requests) }
    })
  } finally {
    server.disconnect()
    await once(server, 'exit')
    rmSync(folder, { recursive: true, force: true })
    rmSync(`/tmp/perf-${server.pid}.map`, { force: true })
  }
}

/** `total`: µs per request, which the samples are shares of. */
function readCosts (file, total) {
  const printed = execFileSync('perf', ['script', '-i', file, '-F', 'comm,ip,sym,dso'], { maxBuffer: 2 ** 31 - 1, stdio: ['ignore', 'pipe', 'ignore'] }).toString()
  const samples = printed.split('\n\n').filter((sample) => sample.trim() !== '')
  const costs = {}
  for (const sample of samples) {
    const [thread, ...frames] = sample.trim().split('\n')
    const name = threadOf(thread.trim())
    const cost = costOf(frames)
    costs[name] ??= {}
    costs[name][cost] = (costs[name][cost] ?? 0) + total / samples.length
  }
  return costs
}
