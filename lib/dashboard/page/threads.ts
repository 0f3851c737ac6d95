import { Datum } from './datum.js'
import { find } from './elements.js'
import { formatCount, formatDuration } from './format.js'
import type { Shown, View } from './view.js'

/** The numbers of threads. */
export class Threads implements View {
  readonly #section = find('#threads', HTMLElement)
  readonly #counts = new Map<string, Datum>()

  update ({ info, state: { stats, workers } }: Shown): void {
    const { threads, boots } = stats
    // Those of hosts are counted too, but have another limit.
    const own = workers.filter(({ state, host }) => host === undefined && state !== 'retired')
    this.#set('threads.used', own.length)
    this.#set('threads.limit', info.threads)
    this.#set('threads.busy', threads.busy)
    this.#set('threads.live', threads.live)
    this.#set('threads.starting', threads.starting)
    this.#set('threads.retired', threads.retired)
    this.#set('threads.exiting', threads.exiting)
    this.#set('killed', stats.killed)
    this.#set('retirements', stats.retirements)
    this.#set('recycled', stats.recycled)
    this.#set('boots.completed', boots.completed)
    this.#set('boots.failed', boots.failed)
    this.#set('boots.time', boots.time, formatDuration)
  }

  #set (stat: string, value: number, format = formatCount): void {
    const datum = this.#counts.get(stat) ?? Datum.find(this.#section, stat, format)
    this.#counts.set(stat, datum)
    datum.set(value)
  }
}
