import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createConnection, createServer } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import Fastify from 'fastify'
import { Host } from '../../../dist/host/host.js'
import { NatsExecutor } from '../../../dist/nats/nats-executor.js'

/*
 * Stands in the place of the thread pool, see hooks.js: sessions go through a NATS server to a worker host, and its
 * threads. The host is in this process, with a connection of its own: tests count in shared memory, which apps get as an
 * option. The NATS server ends with the process.
 */

const url = await startBroker()

async function startBroker () {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  endWithProcess(spawn('nats-server', ['-a', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' }))
  while (!await accepts(port)) await delay(5)
  return `nats://127.0.0.1:${port}`
}

async function accepts (port) {
  const socket = createConnection(port, '127.0.0.1')
  return await once(socket, 'connect').then(() => true, () => false).finally(() => socket.destroy())
}

function endWithProcess (child) {
  const end = () => child.kill('SIGKILL')
  process.once('exit', end)
  child.once('exit', () => process.off('exit', end))
  child.unref()
}

export class ThreadPool extends NatsExecutor {
  #workerData
  #settings
  #app
  #host
  #isClosed = false
  #log

  constructor (workerData, settings, log) {
    const app = randomUUID()
    const { pool: { concurrentTasksPerWorker, resourceLimits }, grace, recycle, bootTimeout } = settings
    const hosted = { concurrentTasksPerWorker, resourceLimits, grace, recycle, bootTimeout }
    super({ app, servers: url }, {
      workerData: { ...workerData, options: {} }, version: '1', settings: hosted, hasThreads: true, log
    })
    this.#workerData = workerData
    this.#settings = settings
    this.#app = app
    this.#log = Fastify({ logger: { level: process.env.HOST_LOG ?? 'error' } }).log
    // A process takes longer to boot than a thread.
    if (settings.queue.timeout === 10_000) settings.queue = { ...settings.queue, timeout: 120_000 }
  }

  /** Waits for the host, so that the boot fails as it does with threads. */
  async start () {
    super.appBuilt([])
    if (this.#isClosed) return []
    const { execArgv, env, argv, maxThreads, niceIncrement } = this.#settings.pool
    let settle
    const built = new Promise((resolve, reject) => { settle = { resolve, reject } })
    built.catch(() => {}) // awaited below, unless the boot has failed on the loop first
    this.#host = new Host({
      connection: { servers: url },
      module: this.#workerData.module,
      options: this.#workerData.options,
      name: 'host',
      threads: maxThreads,
      app: this.#app,
      version: '1',
      pool: { niceIncrement, ...(execArgv && { execArgv }), ...(env && { env }), ...(argv && { argv }) },
      built: settle.resolve,
      failed: settle.reject,
      log: this.#log
    })
    await this.#host.start()
    await super.start()
    // The boot has failed meanwhile.
    if (this.#isClosed) return []
    super.onBoot(() => {})
    const report = await built
    // An executor that is closed hears of no host: the boot may fail on the loop when the threads have built the app.
    while (!this.#isClosed && !super.stats().hosts.some(({ roundTrip }) => roundTrip !== undefined)) await delay(2)
    return [report]
  }

  /** The digest has nothing of the app yet: there is one host for each registration, and no other. */
  appBuilt () {}

  /** Dispatcher has seen the report. */
  onBoot () {}

  async close () {
    this.#isClosed = true
    await super.close()
    await this.#host?.close()
  }
}
