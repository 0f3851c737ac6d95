import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { findPort } from './free-port.js'

/** A NATS server that can be ended, and started again on the same port. */
export class NatsServer {
  /** @type {number | undefined} */
  port
  /** @type {import('node:child_process').ChildProcess | undefined} */
  #child
  #parameters
  #variables

  /**
   * @param {string[]} [parameters] further ones of nats-server
   * @param {Record<string, string>} [variables] of the environment
   */
  constructor (parameters = [], variables = {}) {
    this.#parameters = parameters
    this.#variables = variables
  }

  /** Resolves when the server accepts connections. */
  async start () {
    this.port ??= await findPort()
    const child = this.#child = spawn('nats-server', ['-a', '127.0.0.1', '-p', String(this.port), ...this.#parameters], {
      env: { ...process.env, ...this.#variables }, stdio: 'ignore'
    })
    while (!await this.#accepts()) {
      if (child.exitCode !== null) throw new Error(`nats-server has ended with ${child.exitCode}`)
      await delay(5)
    }
  }

  get isRunning () {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null
  }

  /** @param {NodeJS.Signals} signal */
  async end (signal) {
    const exited = once(this.#child, 'exit')
    this.#child.kill(signal)
    await exited
  }

  async #accepts () {
    const socket = connect(this.port, '127.0.0.1')
    try {
      await once(socket, 'connect')
      return true
    } catch {
      return false
    } finally {
      socket.destroy()
    }
  }
}
