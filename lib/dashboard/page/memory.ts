import type { WorkerState } from '../protocol.js'
import { Datum } from './datum.js'
import { element, find } from './elements.js'
import { formatBytes } from './format.js'
import { type ItemView, KeyedList } from './keyed-list.js'
import { type Line, TimeChart } from './time-chart.js'
import type { Tooltip } from './tooltip.js'
import type { Shown, View } from './view.js'

const megabyte = 1_048_576

/** The heap of each thread. */
export class Memory implements View {
  readonly #section = find('#memory', HTMLElement)
  readonly #rows = new KeyedList<WorkerState>(
    find('tbody', HTMLElement, this.#section), ({ worker }) => String(worker), ({ worker }) => new Row(worker)
  )

  readonly #all = Datum.find(this.#section, 'heapUsed.all', formatBytes)
  readonly #chart: TimeChart

  constructor (tooltip: Tooltip) {
    this.#chart = new TimeChart({
      container: find('#memory-chart', HTMLElement),
      label: 'Chart: heap of each thread over the time shown',
      format: (megabytes) => formatBytes(megabytes * megabyte),
      formatScale: (megabytes) => `${megabytes} MB`,
      least: 10,
      tooltip
    })
  }

  update (shown: Shown): void {
    const { samples, registration, state: { workers } } = shown
    this.#rows.update(workers)
    this.#all.set(workers.reduce((sum, { heapUsed }) => sum + heapUsed, 0))
    const seen = new Set(samples.flatMap(({ registrations }) =>
      registrations[registration]?.workers.map(({ worker }) => worker) ?? []))
    this.#chart.update([...seen].sort((a, b) => a - b).map((worker): Line => ({
      label: `Thread ${worker}`,
      color: ({ accent }) => accent,
      width: 1,
      read: ({ registrations }) => {
        const heap = registrations[registration]?.workers.find((one) => one.worker === worker)?.heapUsed
        return heap === undefined || heap === 0 ? undefined : heap / megabyte
      }
    })), shown)
  }
}

class Row implements ItemView<WorkerState> {
  readonly element: HTMLElement
  readonly #heap = Datum.make('heapUsed', formatBytes)

  constructor (worker: number) {
    this.element = element('tr', { 'data-worker': String(worker) },
      element('th', { scope: 'row' }, `Thread ${worker}`),
      element('td', { class: 'number' }, this.#heap.element))
  }

  update ({ heapUsed }: WorkerState): void {
    this.#heap.set(heapUsed === 0 ? undefined : heapUsed)
  }
}
