import { randomUUID } from 'node:crypto'
import type { Msg, NodeConnectionOptions } from '@nats-io/transport-node'
import type { FastifyBaseLogger } from 'fastify'
import { BootFailed } from '../errors.js'
import { type AppIdentity, identifyApp, readOwnVersion } from '../nats/app-identity.js'
import { Connection } from '../nats/connection.js'
import {
  decode, encode, type Manifest, ProtocolError, readSessionSubject, type ServerControl, subjects
} from '../nats/protocol.js'
import type { ThreadSettings } from '../options/settings.js'
import type { BootReport } from '../wire/worker-data.js'
import { HostedApp } from './hosted-app.js'

/** ms after which an app that no server wants is closed, if another one is there. */
const longestVacancy = 60_000

/** ms after which a host that no server wants says so. */
const longestSearch = 10_000

/** ms until an app that could not be built is tried again. */
const rebuildWait = 5_000

export interface HostOptions {
  connection: NodeConnectionOptions
  /** URL of the module from which the threads build the app. */
  module: string
  /** For people. */
  name: string
  threads: number
  /** Sessions that a thread may have at once. Default: as the server says. */
  concurrency?: number | undefined
  /** Name of the app. Default: see identifyApp(). */
  app?: string | undefined
  version?: string | undefined
  /** What the factory or the plugin of the app is called with, instead of what the server says. */
  options?: Record<string, unknown> | undefined
  /** Further options of the threads, as of option pool. */
  pool?: Partial<ThreadSettings['pool']>
  /** The threads have built the app of a server. */
  built? (report: BootReport): void
  /** They could not; it is tried again. */
  failed? (error: unknown): void
  log: FastifyBaseLogger
}

/** A process that runs, for servers, what is blocking in their apps. */
export class Host {
  readonly #id = randomUUID()
  readonly #options: HostOptions
  readonly #app: AppIdentity
  readonly #package = readOwnVersion()
  readonly #connection: Connection
  /** By digest. */
  readonly #apps = new Map<string, HostedApp>()
  readonly #byServer = new Map<string, HostedApp>()
  readonly #told = new Set<string>()
  /** Names of other apps whose servers are there. */
  readonly #others = new Set<string>()
  #isClosing = false

  constructor (options: HostOptions) {
    this.#options = options
    this.#app = identifyApp(options.module, options)
    this.#connection = new Connection(options.connection, options.log, {
      connected: () => this.#discover(),
      disconnected: () => {}
    })
  }

  /** Rejects only if the client of NATS is not installed: a broker that is not there is waited for. */
  async start (): Promise<void> {
    const { name, log } = this.#options
    this.#connection.subscribe(subjects.manifests, ({ data }) => {
      this.#wanted(decode<Manifest>(data, ['manifest']))
    })
    this.#connection.subscribe(subjects.host(this.#id), (message) => this.#receive(message))
    log.info(`fastify-blocking: worker host ${name} of ${this.#app.name}, version ${this.#app.version}`)
    await this.#connection.open()
  }

  #discover (): void {
    this.#connection.publish(subjects.discovery, encode({ type: 'discovery' }))
    for (const app of this.#apps.values()) app.announce()
    setTimeout(() => this.#tellSearch(), longestSearch).unref()
  }

  #tellSearch (): void {
    if (this.#apps.size > 0 || this.#isClosing) return
    const { name, version } = this.#app
    const others = this.#others.size === 0 ? '' : `; servers are there of ${[...this.#others].join(', ')}`
    this.#tellOnce(`there is no server of ${name}, version ${version}${others}`)
  }

  #wanted (manifest: Manifest): void {
    const { app, version, package: ofPackage, digest } = manifest
    if (app !== this.#app.name) this.#others.add(app)
    if (app !== this.#app.name || this.#apps.has(digest) || this.#isClosing) return
    if (version !== this.#app.version || ofPackage !== this.#package) {
      const own = `${this.#app.version} and ${this.#package}`
      const wanted = `version ${version} of ${app}, and ${ofPackage} of fastify-blocking`
      this.#tellUnable(digest, `the host has version ${own}, and the server has ${version} and ${ofPackage}`)
      return this.#tellOnce(`a server has ${wanted}; this host has ${own}, and gets no requests of it`)
    }
    this.#build(manifest)
  }

  async #build (manifest: Manifest): Promise<void> {
    const { concurrency, module, name, options, threads, pool = {}, log } = this.#options
    const { digest } = manifest
    try {
      const app = new HostedApp(manifest, {
        id: this.#id, name, module, options, threads, concurrency, pool, connection: this.#connection, log
      })
      this.#apps.set(digest, app)
      const report = await app.start()
      this.#options.built?.(report)
      log.info(`fastify-blocking: the app ${manifest.app} is built; threads: ${threads}`)
      this.#closeVacant(app)
    } catch (err) {
      this.#options.failed?.(err)
      log.error({ err }, `fastify-blocking: the app could not be built; next try in ${rebuildWait} ms`)
      const why = err instanceof BootFailed ? err.cause : err
      this.#tellUnable(digest, `the app could not be built there: ${String(why)}`)
      setTimeout(() => {
        this.#apps.delete(digest)
        if (!this.#isClosing) this.#discover()
      }, rebuildWait).unref()
    }
  }

  /** What other versions of a server's settings have left. */
  #closeVacant (except: HostedApp): void {
    setTimeout(() => {
      if (!except.hasServers) return
      const limit = performance.now() - longestVacancy
      for (const [digest, app] of this.#apps) {
        if (app === except || app.hasServers || app.emptySince > limit) continue
        this.#apps.delete(digest)
        app.close()
      }
    }, 2 * longestVacancy).unref()
  }

  #receive ({ reply, data }: Msg): void {
    const from = reply === undefined ? undefined : readSessionSubject(reply)
    if (from === undefined) return
    const { server, session } = from
    if (session > 0) return this.#byServer.get(server)?.receive(server, session, data)
    this.#control(server, decode<ServerControl>(data, ['hello', 'ping', 'announce', 'outcome', 'bye']))
  }

  #control (server: string, message: ServerControl): void {
    if (message.type === 'hello') {
      const app = this.#apps.get(message.digest)
      if (app === undefined) throw new ProtocolError('a server has another app')
      this.#byServer.set(server, app)
    }
    this.#byServer.get(server)?.control(server, message)
    if (message.type === 'bye') this.#byServer.delete(server)
  }

  /** Tells the servers that have the app. */
  #tellUnable (digest: string, reason: string): void {
    this.#connection.publish(
      subjects.unable(digest), encode({ type: 'unable', name: this.#options.name, reason })
    )
  }

  #tellOnce (what: string): void {
    if (this.#told.has(what)) return
    this.#told.add(what)
    this.#options.log.warn(`fastify-blocking: ${what}`)
  }

  /** Finishes what runs, within the grace periods of the apps. */
  async close (): Promise<void> {
    this.#isClosing = true
    await Promise.all([...this.#apps.values()].map((app) => app.close()))
    await this.#connection.close()
  }
}
