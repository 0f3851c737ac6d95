import type { FastifyInstance } from 'fastify'
import type { ObservedSide } from '../observed-side.js'
import type { Settings } from '../options/settings.js'
import type { Advice } from './advice.js'
import type { Advisor } from './advisor.js'
import type { AdvisedRegistration } from './held-advisor.js'
import type { MeasuredHolds } from './measured-holds.js'
import type { Metrics } from './metrics/metrics.js'
import { noteStarted } from './registrations.js'

/** All that looks at a registration: what is off is not even loaded. */
export class Insight {
  readonly #name: string
  readonly #settings: Settings
  readonly #metrics: Metrics | undefined
  readonly #advisor: Advisor | undefined
  readonly #holds: MeasuredHolds | undefined

  private constructor (
    settings: Settings,
    name: string,
    metrics: Metrics | undefined,
    advisor: Advisor | undefined,
    holds: MeasuredHolds | undefined
  ) {
    this.#settings = settings
    this.#name = name
    this.#metrics = metrics
    this.#advisor = advisor
    this.#holds = holds
  }

  /**
   * Loads what the options ask for, and has it end with the server. Throws FST_BLOCKING_MISSING_PACKAGE. Its
   * hooks are to be added before those of the side, so that they run later.
   */
  static async load (
    fastify: FastifyInstance, settings: Settings, registration: AdvisedRegistration
  ): Promise<Insight> {
    const { advice, dispatch, metrics: wanted, name, pool, threshold } = settings
    const metrics = wanted && await (await import('./metrics/metrics.js')).Metrics.load(wanted)
    const advisor = advice && new (await import('./advisor.js')).Advisor(advice, pool, registration)
    const holds = dispatch === 'measured'
      ? new (await import('./measured-holds.js')).MeasuredHolds(threshold, registration)
      : undefined
    const insight = new Insight(settings, name ?? (fastify.prefix || '/'), metrics, advisor, holds)
    if (metrics !== undefined || advisor !== undefined || holds !== undefined) {
      fastify.addHook('onClose', async function endInsight () { await insight.#close() })
    }
    return insight
  }

  /** Undefined: option `advice` is off. */
  get advice (): Advice[] | undefined {
    return this.#advisor?.read()
  }

  /** Called once the app is ready. */
  start (server: FastifyInstance['server'], side: ObservedSide): void {
    const { pool: { maxThreads }, queue: { max } } = this.#settings
    const limits = { threads: maxThreads, queue: max }
    noteStarted(server, {
      name: this.#name,
      limits,
      side,
      readAdvice: () => this.advice,
      stalls: this.#advisor?.stalls
    })
    this.#metrics?.begin(this.#name, limits, side)
    this.#advisor?.start(side)
    this.#holds?.start(side)
  }

  async #close (): Promise<void> {
    this.#metrics?.end()
    await this.#advisor?.close()
    await this.#holds?.close()
  }
}
