import { Datum } from './datum.js'
import { element, find, makeBreakable } from './elements.js'
import { formatCount, formatDuration } from './format.js'
import { type RouteRuns, sumByRoute } from './history.js'
import { type ItemView, KeyedList } from './keyed-list.js'
import { collectLanes, type LaneItem } from './lane-items.js'
import type { Shown, View } from './view.js'

/** The same as the lanes, for who cannot see them: what each thread and host ran in the time shown. */
export class LaneTables implements View {
  readonly #details = find('#lane-tables', HTMLDetailsElement)
  readonly #threads = new KeyedList<LaneItem>(
    find('table', HTMLTableElement, this.#details),
    ({ worker }) => String(worker), ({ worker, name }) => new ThreadRows(worker, name)
  )

  #shown: Shown | undefined

  constructor () {
    this.#details.addEventListener('toggle', () => {
      if (this.#shown !== undefined) this.update(this.#shown)
    })
  }

  update (shown: Shown): void {
    this.#shown = shown
    if (this.#details.open) this.#threads.update(collectLanes(shown))
  }
}

class ThreadRows implements ItemView<LaneItem> {
  readonly element: HTMLElement
  readonly #idle = element('tr', {}, element('td', { colspan: '4' }, 'nothing'))
  readonly #head: HTMLTableCellElement
  readonly #rows: KeyedList<RouteRuns>

  constructor (worker: number, name: string) {
    this.#head = element('th', { scope: 'rowgroup' }, name)
    this.element = element('tbody', { 'data-worker': String(worker) })
    this.#rows = new KeyedList(this.element, ({ label }) => label, ({ label }) => new RunsRow(label))
  }

  update ({ slices }: LaneItem): void {
    const runs = sumByRoute(slices)
    this.#idle.remove()
    this.#rows.update(runs)
    if (runs.length === 0) this.element.append(this.#idle)
    this.#head.rowSpan = Math.max(runs.length, 1)
    const first = this.element.firstElementChild
    if (this.#head.parentElement !== first) first?.prepend(this.#head)
  }
}

class RunsRow implements ItemView<RouteRuns> {
  readonly element: HTMLElement
  readonly #count = Datum.make('count', formatCount)
  readonly #time = Datum.make('time', formatDuration)
  readonly #lost = Datum.make('lost', formatCount)

  constructor (label: string) {
    this.element = element('tr', { 'data-route': label },
      element('td', {}, ...makeBreakable(label)),
      ...[this.#count, this.#time, this.#lost].map(({ element: datum }) =>
        element('td', { class: 'number' }, datum)))
  }

  update ({ count, time, lost }: RouteRuns): void {
    this.#count.set(count)
    this.#time.set(time)
    this.#lost.set(lost)
  }
}
