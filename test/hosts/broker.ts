import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createConnection } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import type { Test } from 'tap'
import { findPort } from '../support/free-port.js'

/** Why the tests of worker hosts cannot run; false if they can. */
export const lacksBroker = spawnSync('nats-server', ['--version']).error === undefined ? false : 'there is no nats-server'

/** A NATS server that can be ended and started again on the same port. */
export interface Broker {
  readonly url: string
  start (): Promise<void>
  stop (signal?: NodeJS.Signals): Promise<void>
}

/** `parameters` and `variables`: further ones of nats-server. */
export async function startBroker (t: Test, parameters: string[] = [], variables: Record<string, string> = {}): Promise<Broker> {
  const port = await findPort()
  let child: ChildProcess | undefined
  const broker: Broker = {
    url: `nats://127.0.0.1:${port}`,
    async start () {
      child = spawn('nats-server', ['-a', '127.0.0.1', '-p', String(port), ...parameters], {
        env: { ...process.env, ...variables }, stdio: 'ignore'
      })
      while (!await accepts(port)) {
        if (child.exitCode !== null) throw new Error(`nats-server has ended with ${child.exitCode}`)
        await delay(5)
      }
    },
    async stop (signal = 'SIGKILL') {
      if (child?.exitCode !== null || child.signalCode !== null) return
      const exited = once(child, 'exit')
      child.kill(signal)
      await exited
    }
  }
  t.teardown(() => broker.stop())
  await broker.start()
  return broker
}

async function accepts (port: number): Promise<boolean> {
  const socket = createConnection(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}
