import { spawnSync } from 'node:child_process'
import type { Test } from 'tap'
import { NatsServer } from '../support/nats-server.js'

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
  const server = new NatsServer(parameters, variables)
  const broker: Broker = {
    get url () { return `nats://127.0.0.1:${server.port}` },
    start: () => server.start(),
    async stop (signal = 'SIGKILL') {
      if (server.isRunning) await server.end(signal)
    }
  }
  t.teardown(() => broker.stop())
  await broker.start()
  return broker
}
