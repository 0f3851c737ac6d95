import { fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const server = fileURLToPath(new URL('server.js', import.meta.url))
const app = fileURLToPath(new URL('app.js', import.meta.url))
const command = fileURLToPath(new URL('../../../dist/host/command.js', import.meta.url))

const { NODE_OPTIONS, ...environment } = process.env

/** The last lines of a log are kept for whoever looks for the reason of a failure. */
const keptLines = 20

/** A server or a worker host of the storm, in a process of its own which is started again when it has ended. */
class RestartedProcess {
  /** How often it has been started. */
  starts = 0
  /** Whether it does not serve, since its end was asked for, or it is being started. */
  isDown = true
  #mayEnd = false
  lines = []
  #child
  #storm

  /** `storm` is told of what does not hold. */
  constructor (name, storm) {
    this.name = name
    this.#storm = storm
  }

  /** Resolves when it serves. */
  async start () {
    this.starts++
    const child = this.#child = this.spawn()
    for (const stream of [child.stdout, child.stderr]) createInterface(stream).on('line', (line) => this.#printed(line))
    child.once('exit', (code, signal) => {
      if (!this.#mayEnd) this.#storm.fail(`${this.name} has ended by itself: ${code ?? signal}`)
    })
    this.#mayEnd = false
    await this.whenReady(child)
    this.isDown = false
  }

  #printed (line) {
    this.lines.push(line)
    if (this.lines.length > keptLines) this.lines.shift()
    if (!isHarmless(line)) this.#storm.fail(`${this.name} has printed: ${line}`)
  }

  signal (signal) {
    this.#child.kill(signal)
  }

  get isRunning () {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null
  }

  /** Resolves with the exit code; null after SIGKILL. */
  async end (signal) {
    this.isDown = this.#mayEnd = true
    const exited = once(this.#child, 'exit')
    this.#child.kill(signal)
    const [code] = await exited
    return code
  }
}

export class Server extends RestartedProcess {
  url

  constructor (name, storm, variables) {
    super(name, storm)
    this.spawn = () => fork(server, { env: { ...environment, ...variables }, stdio: ['ignore', 'pipe', 'pipe', 'ipc'], execArgv: [] })
  }

  async whenReady (child) {
    [this.url] = await once(child, 'message')
  }
}

export class Host extends RestartedProcess {
  /** `isReady`: whether it says in a line of its log that it is. */
  constructor (name, storm, variables, isReady, ...options) {
    super(name, storm)
    const { BROKER } = variables
    this.spawn = () => spawn(process.execPath, [command, 'worker', app, '--servers', BROKER, '--name', name, ...options], {
      env: { ...environment, ...variables, HOST: name }, stdio: ['ignore', 'pipe', 'pipe']
    })
    this.isReady = isReady
  }

  async whenReady (child) {
    for await (const line of createInterface(child.stdout)) if (this.isReady(line)) return
  }
}

/** An uncaught error, or a warning of Node, is no JSON. The error of a request is for its client, who looks at it. */
function isHarmless (line) {
  try {
    const { level, reqId } = JSON.parse(line)
    return level <= 40 || reqId !== undefined
  } catch {
    return false
  }
}
