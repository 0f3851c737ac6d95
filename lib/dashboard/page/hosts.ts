import type { WorkerState } from '../protocol.js'
import { Datum } from './datum.js'
import { element, find, setText } from './elements.js'
import { formatCount, formatDuration } from './format.js'
import { type ItemView, KeyedList } from './keyed-list.js'
import type { Shown, View } from './view.js'

/** The worker hosts that are there. Nothing is said of hosts where option remote is not used. */
export class Hosts implements View {
  readonly #parts = document.querySelectorAll<HTMLElement>('[data-of="hosts"]')
  readonly #table = find('#hosts table', HTMLTableElement)
  readonly #none = find('#no-hosts', HTMLElement)
  readonly #rows = new KeyedList<WorkerState>(
    find('tbody', HTMLElement, this.#table), ({ worker }) => String(worker), ({ worker }) => new Row(worker)
  )

  update ({ state: { stats, workers } }: Shown): void {
    for (const part of this.#parts) part.hidden = stats.hosts === undefined
    const hosts = workers.filter(({ host }) => host !== undefined)
    this.#table.hidden = hosts.length === 0
    this.#none.hidden = hosts.length > 0
    this.#rows.update(hosts)
  }
}

class Row implements ItemView<WorkerState> {
  readonly element: HTMLElement
  readonly #name = element('th', { scope: 'row' })
  readonly #version = element('td')
  readonly #used = Datum.make('slots.used', formatCount)
  readonly #slots = Datum.make('slots', formatCount)
  readonly #roundTrip = Datum.make('roundTrip', formatDuration)

  constructor (worker: number) {
    this.element = element('tr', { 'data-worker': String(worker) },
      this.#name,
      element('td', { class: 'number' }, this.#used.element, ' of ', this.#slots.element),
      element('td', { class: 'number' }, this.#roundTrip.element),
      this.#version)
  }

  update ({ host }: WorkerState): void {
    const { name, slots, free, roundTrip, version } = host!
    setText(this.#name, name)
    setText(this.#version, version)
    this.#used.set(slots - free)
    this.#slots.set(slots)
    this.#roundTrip.set(roundTrip)
  }
}
