import type { NodeConnectionOptions } from '@nats-io/transport-node'

/** Options of a NATS connection, such as `servers`, `tls` and `authenticator`, and the name of the app. */
export type NatsOptions = NodeConnectionOptions & {
  /**
   * Name by which worker hosts find the app. Default: the name of its package, and the path of the module in
   * it.
   */
  app?: string
}
