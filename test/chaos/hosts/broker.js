import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'

/** A NATS server that is started again on the same port. */
export class Broker {
  port
  #child

  async start () {
    this.port ??= await findPort()
    this.#child = spawn('nats-server', ['-a', '127.0.0.1', '-p', String(this.port)], { stdio: 'ignore' })
    while (!await this.#accepts()) await delay(5)
  }

  get isRunning () {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null
  }

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

async function findPort () {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  return port
}
