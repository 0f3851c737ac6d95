import type { WorkerState } from '../protocol.js'
import { Datum } from './datum.js'
import { element, find } from './elements.js'
import { formatBytes } from './format.js'
import { type ItemView, KeyedList } from './keyed-list.js'
import { type Line, TimeChart } from './time-chart.js'
import type { Tooltip } from './tooltip.js'
import type { Shown, View } from './view.js'
import { nameWorker } from './worker-name.js'

const megabyte = 1_048_576

/** The heap of each thread, and of all threads of each host. */
export class Memory implements View {
  readonly #section = find('#memory', HTMLElement)
  readonly #rows = new KeyedList<WorkerState>(
    find('tbody', HTMLElement, this.#section),
    ({ worker }) => String(worker),
    ({ worker, host }) => new Row(worker, nameWorker(worker, host?.name))
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
    const seen = new Map<number, string>()
    const ofWorkers = samples.flatMap(({ registrations }) => registrations[registration]?.workers ?? [])
    for (const { worker, host } of ofWorkers) {
      if (!seen.has(worker)) seen.set(worker, nameWorker(worker, host))
    }
    this.#chart.update([...seen].sort(([a], [b]) => a - b).map(([worker, label]): Line => ({
      label,
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

  constructor (worker: number, name: string) {
    this.element = element('tr', { 'data-worker': String(worker) },
      element('th', { scope: 'row' }, name),
      element('td', { class: 'number' }, this.#heap.element))
  }

  update ({ heapUsed }: WorkerState): void {
    this.#heap.set(heapUsed === 0 ? undefined : heapUsed)
  }
}
