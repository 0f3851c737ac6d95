import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createConnection, createServer } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { NatsExecutor } from '../../../dist/nats/nats-executor.js'

/*
 * Stands in the place of the thread pool, see hooks.js: a worker host in a process of its own, and nothing here. This
 * process has a NATS server of its own, which ends with it, as the hosts do.
 */

const hostFile = fileURLToPath(new URL('./host.js', import.meta.url))
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

  constructor (workerData, settings, log) {
    const app = randomUUID()
    const { pool: { concurrentTasksPerWorker, resourceLimits }, grace, recycle, bootTimeout } = settings
    const hosted = { concurrentTasksPerWorker, resourceLimits, grace, recycle, bootTimeout }
    super({ app, servers: url }, { workerData, version: '1', settings: hosted, hasThreads: false, log })
    this.#workerData = workerData
    this.#settings = settings
    this.#app = app
    // A process takes longer to boot than a thread.
    if (settings.queue.timeout === 10_000) settings.queue = { ...settings.queue, timeout: 120_000 }
  }

  async start () {
    const { execArgv, env, argv, maxThreads, niceIncrement } = this.#settings.pool
    const config = {
      connection: { servers: url },
      module: this.#workerData.module,
      name: 'host',
      threads: maxThreads,
      app: this.#app,
      version: '1',
      pool: { niceIncrement, ...(execArgv && { execArgv }), ...(typeof env === 'object' && { env }), ...(argv && { argv }) }
    }
    const own = execArgv ?? process.execArgv.filter((argument) => !/hosts\/executor|executors\/leave-out/.test(argument))
    this.#host = spawn(process.execPath, [...own, hostFile, JSON.stringify(config)], { stdio: ['ignore', 'inherit', 'inherit'] })
    endWithProcess(this.#host)
    return await super.start()
  }

  async close () {
    await super.close()
    this.#host?.kill('SIGKILL')
  }
}
