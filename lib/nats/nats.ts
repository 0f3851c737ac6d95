import type { Executor } from '../executor.js'
import type { Remote, RemoteRegistration } from '../remote.js'
import { NatsExecutor } from './nats-executor.js'
import type { NatsOptions } from './nats-options.js'

export type { NatsOptions } from './nats-options.js'
export type { Remote } from '../remote.js'

class NatsRemote implements Remote {
  readonly #options: NatsOptions

  constructor (options: NatsOptions) {
    this.#options = options
  }

  createExecutor (registration: RemoteRegistration): Executor {
    return new NatsExecutor(this.#options, registration)
  }
}

/**
 * Worker hosts that are reached over NATS, for option `remote` of the plugin: `remote: nats({ servers:
 * 'nats://broker:4222' })`. A host is started by `npx fastify-blocking worker ./app.js --servers
 * nats://broker:4222`. Needs the package @nats-io/transport-node, whose connection options it takes.
 */
export function nats (options: NatsOptions): Remote {
  return new NatsRemote(options)
}
