import { type ClientRequest, get } from 'node:http'
import { createInterface } from 'node:readline'
import { once } from 'node:events'
import type { Begin, LogEntry, StallEntry, Tick } from '../../dist/dashboard/protocol.js'

interface Runs {
  time: number
  count: number
  lost: number
}

/** A page's connection to the events of a dashboard. */
export class Viewer {
  readonly begin: Begin
  readonly ticks: Tick[] = []
  /** Resolves when the server has ended the connection. */
  readonly ended: Promise<unknown>
  /** All that was sent. */
  text = ''
  readonly #request: ClientRequest
  #waiting: (() => void)[] = []

  static async open (address: string, headers: Record<string, string> = {}): Promise<Viewer> {
    const request = get(`${address}/blocking/events`, { agent: false, headers })
    const [response] = await once(request, 'response') as [import('node:http').IncomingMessage]
    if (response.statusCode !== 200) throw new Error(`status ${response.statusCode}`)
    const lines = createInterface({ input: response })
    const events = lines[Symbol.asyncIterator]()
    const next = async (): Promise<string | undefined> => {
      for (;;) {
        const { value, done } = await events.next() as { value: string, done?: boolean }
        if (done === true) return undefined
        if (value.startsWith('data: ')) return value.slice('data: '.length)
      }
    }
    return new Viewer(request, JSON.parse((await next())!) as Begin, next)
  }

  private constructor (request: ClientRequest, begin: Begin, next: () => Promise<string | undefined>) {
    this.#request = request
    this.begin = begin
    this.text = JSON.stringify(begin)
    this.ended = this.#read(next)
  }

  async #read (next: () => Promise<string | undefined>): Promise<void> {
    try {
      for (let data = await next(); data !== undefined; data = await next()) {
        this.text += data
        this.ticks.push(JSON.parse(data) as Tick)
        for (const resolve of this.#waiting.splice(0)) resolve()
      }
    } catch {
      // The viewer has left.
    }
  }

  /** Resolves with the first tick so far, or still to come, that fits. */
  async until (fits: (tick: Tick) => boolean): Promise<Tick> {
    for (let seen = 0; ;) {
      for (; seen < this.ticks.length; seen++) if (fits(this.ticks[seen]!)) return this.ticks[seen]!
      await new Promise<void>((resolve) => { this.#waiting.push(resolve) })
    }
  }

  get log (): LogEntry[] {
    return [...this.begin.log, ...this.ticks.flatMap(({ log }) => log)]
  }

  get stalls (): StallEntry[] {
    return [...this.begin.stalls, ...this.ticks.flatMap(({ stalls }) => stalls)]
  }

  /** The runs of a registration so far, by thread and label. */
  readRuns (registration = 0): Map<number, Map<string, Runs>> {
    const runs = new Map<number, Map<string, Runs>>()
    for (const { sample } of this.ticks) {
      for (const { worker, ran } of sample.registrations[registration]!.workers) {
        const ofWorker = runs.get(worker) ?? new Map<string, Runs>()
        runs.set(worker, ofWorker)
        for (const [label, time, count, lost] of ran) {
          const sum = ofWorker.get(label) ?? { time: 0, count: 0, lost: 0 }
          ofWorker.set(label, { time: sum.time + time, count: sum.count + count, lost: sum.lost + lost })
        }
      }
    }
    return runs
  }

  leave (): void {
    this.#request.destroy()
  }
}
