import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { request, Agent } from 'node:http'
import { median } from '../median.js'
import { atOnce, medians, rounds } from './figures.js'

/** How long a process may take, in ms. */
const patience = 180_000

/** Figures of one case, of which `file` is the module of its library where its packages are installed. */
export async function measure (file, name) {
  const folder = mkdtempSync(join(file, '..', `${name}-`))
  const env = { ...process.env, NODE_ENV: 'production', BLOCKS_MODULE: file, BLOCKS_CASE: name, BLOCKS_FOLDER: folder }
  try {
    const loop = await onLoop(env)
    const worker = await inWorker(env)
    return { loop, worker, kill: await killed(env, loop.wall) }
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 10 })
  }
}

async function onLoop (env) {
  const child = start('on-loop.js', env)
  try {
    return await child.answer()
  } finally {
    await child.stop()
  }
}

/** As a client sees it that pings the loop while others wait for the work. */
async function inWorker (env) {
  const child = start('in-worker.js', env)
  const agent = new Agent({ keepAlive: true })
  try {
    const port = await child.answer()
    const get = (path) => ask(agent, port, path)
    const taken = async (count) => {
      const begun = performance.now()
      await Promise.all(Array.from({ length: count }, () => get('/run')))
      return performance.now() - begun
    }
    // All threads boot, load and compile.
    await taken(atOnce)
    await taken(atOnce)
    const [alone, together] = [[], []]
    for (let round = 0; round < rounds; round++) alone.push(await withPings(() => taken(1), () => get('/ping')))
    for (let round = 0; round < rounds; round++) together.push(await taken(atOnce))
    return { ...medians(alone), together: median(together) }
  } finally {
    agent.destroy()
    await child.stop()
  }
}

/** What the work took, and the longest of the pings beside it. */
async function withPings (work, ping) {
  await wait(50)
  const over = new AbortController()
  const longest = (async () => {
    let longest = 0
    while (!over.signal.aborted) {
      const begun = performance.now()
      await ping()
      longest = Math.max(longest, performance.now() - begun)
      await wait(2)
    }
    return longest
  })()
  const wall = await work().finally(() => over.abort())
  return { wall, ping: await longest }
}

function ask (agent, port, path) {
  return new Promise((resolve, reject) => {
    const asked = request({ agent, port, path, host: '127.0.0.1' }, (response) => {
      let body = ''
      response.setEncoding('utf8').on('data', (text) => { body += text })
      response.on('error', reject).on('end', () => response.statusCode === 200 ? resolve(body) : reject(new Error(`${path}: ${body}`)))
    })
    asked.on('error', reject).end()
  })
}

/** What became of a process that has terminated threads in their midst. */
async function killed (env, wall) {
  const child = start('killed.js', env, [String(wall)])
  const told = {}
  child.process.on('message', (message) => Object.assign(told, message))
  const timer = setTimeout(() => { told.fault ??= 'the process did not end'; child.process.kill('SIGKILL') }, patience)
  const [code, signal] = await once(child.process, 'exit')
  clearTimeout(timer)
  const fault = told.fault ?? (signal === null && code === 0 ? undefined : `the process ended by ${signal ?? `code ${code}`}`)
  return { gone: told.gone, fault, stderr: fault === undefined ? undefined : child.stderr().split('\n').slice(0, 3).join('\n') }
}

function start (file, env, args = []) {
  const process = fork(new URL(file, import.meta.url), args, { env, silent: true })
  let stderr = ''
  process.stdout.resume()
  process.stderr.setEncoding('utf8').on('data', (text) => { stderr = (stderr + text).slice(-10_000) })
  return {
    process,
    stderr: () => stderr,
    /** Its first message; that it exits instead, or takes too long, is an error. */
    async answer () {
      const timeout = AbortSignal.timeout(patience)
      return await Promise.race([
        once(process, 'message', { signal: timeout }).then(([message]) => message),
        once(process, 'exit', { signal: timeout }).then(([code, signal]) => {
          throw new Error(`${file} ended by ${signal ?? `code ${code}`}: ${stderr.trim().split('\n').slice(0, 8).join('\n')}`)
        })
      ])
    },
    /** It may have exited, and native threads may keep it. */
    async stop () {
      if (process.exitCode === null && process.signalCode === null) {
        const exited = once(process, 'exit')
        process.kill('SIGKILL')
        await exited
      }
    }
  }
}
