import { Datum } from './datum.js'
import { element, find, makeBreakable, setAttribute } from './elements.js'
import { formatCount, formatDuration, formatRate } from './format.js'
import { readRate } from './history.js'
import { type ItemView, KeyedList } from './keyed-list.js'
import { drawSparkline } from './sparkline.js'
import type { Counts, Shown, View } from './view.js'

interface RowItem {
  /** Undefined: all routes. */
  route: string | undefined
  counts: Counts
  rate: number
  shown: Shown
}

interface Column {
  name: string
  read: (item: RowItem) => number | undefined
  format: (value: number) => string
  /** Whether a value above 0 is bad news. */
  isBad?: boolean
}

const columns: Column[] = [
  { name: 'rate', read: ({ rate }) => rate, format: formatRate },
  { name: 'completed', read: ({ counts }) => counts.completed, format: formatCount },
  { name: 'failed', read: ({ counts }) => counts.failed, format: formatCount, isBad: true },
  { name: 'refused', read: ({ counts }) => counts.refused, format: formatCount, isBad: true },
  { name: 'timedOut', read: ({ counts }) => counts.timedOut, format: formatCount, isBad: true },
  { name: 'clientGone', read: ({ counts }) => counts.clientGone, format: formatCount },
  { name: 'wait.p50', read: ({ counts }) => counts.wait.p50, format: formatDuration },
  { name: 'wait.p99', read: ({ counts }) => counts.wait.p99, format: formatDuration },
  { name: 'run.p50', read: ({ counts }) => counts.run.p50, format: formatDuration },
  { name: 'run.p99', read: ({ counts }) => counts.run.p99, format: formatDuration }
]

/** Seconds that a sparkline shows. */
const sparklineLength = 60

/** Outcomes and times by route, sorted as the buttons in the head say. */
export class RoutesTable implements View {
  readonly #table = find('#routes-table', HTMLTableElement)
  readonly #none = find('#no-routes', HTMLElement)
  readonly #body = find('tbody.each', HTMLElement, this.#table)
  readonly #total = new Row(undefined)
  readonly #rows = new KeyedList<RowItem, Row>(
    this.#body, ({ route }) => route ?? '', (item) => new Row(item)
  )

  #sortedBy = 'completed'
  #isDescending = true
  #order: string[] = []
  #shown: Shown | undefined

  constructor () {
    find('tbody.total', HTMLElement, this.#table).append(this.#total.element)
    for (const button of this.#table.querySelectorAll<HTMLButtonElement>('button[data-sort]')) {
      button.addEventListener('click', () => this.#sortBy(button.dataset.sort!))
    }
    this.#showOrder()
  }

  update (shown: Shown): void {
    this.#shown = shown
    const { state: { stats }, history, registration } = shown
    const sample = history.samples.at(-1)
    const makeItem = (route: string | undefined, counts: Counts): RowItem =>
      ({ route, counts, rate: sample === undefined ? 0 : readRate(sample, registration, route), shown })
    const items = Object.entries(stats.routes).map(([route, counts]) => makeItem(route, counts))
    this.#total.update(makeItem(undefined, stats))
    // A row does not move away from under the pointer.
    this.#rows.update(this.#body.matches(':hover') ? this.#keepOrder(items) : this.#sort(items))
    this.#none.hidden = items.length > 0
    this.#body.hidden = items.length === 0
  }

  #sortBy (column: string): void {
    this.#isDescending = column === this.#sortedBy ? !this.#isDescending : column !== 'route'
    this.#sortedBy = column
    this.#showOrder()
    if (this.#shown !== undefined) this.update(this.#shown)
  }

  #showOrder (): void {
    for (const button of this.#table.querySelectorAll<HTMLButtonElement>('button[data-sort]')) {
      const isSorted = button.dataset.sort === this.#sortedBy
      setAttribute(button.closest('th')!, 'aria-sort',
        isSorted ? this.#isDescending ? 'descending' : 'ascending' : undefined)
    }
  }

  #sort (items: RowItem[]): RowItem[] {
    const column = columns.find(({ name }) => name === this.#sortedBy)
    const byRoute = (a: RowItem, b: RowItem) => a.route!.localeCompare(b.route!)
    const compare = (a: RowItem, b: RowItem) =>
      column === undefined ? byRoute(a, b) : (column.read(a) ?? -1) - (column.read(b) ?? -1)
    items.sort((a, b) => (this.#isDescending ? compare(b, a) : compare(a, b)) || byRoute(a, b))
    this.#order = items.map(({ route }) => route!)
    return items
  }

  #keepOrder (items: RowItem[]): RowItem[] {
    const places = new Map(this.#order.map((route, index) => [route, index]))
    const findPlace = ({ route }: RowItem) => places.get(route!) ?? Infinity
    return items.sort((a, b) => Math.sign(findPlace(a) - findPlace(b)) || 0)
  }
}

class Row implements ItemView<RowItem> {
  readonly element: HTMLElement
  readonly #sparkline = element('canvas', { 'aria-hidden': 'true' })
  readonly #cells: { column: Column, cell: HTMLElement, datum: Datum }[]

  constructor (item: RowItem | undefined) {
    this.#cells = columns.map((column) => {
      const datum = Datum.make(column.name, column.format)
      return { column, datum, cell: element('td', { class: 'number' }, datum.element) }
    })
    this.#cells[0]!.cell.prepend(this.#sparkline)
    const route = item?.route
    const head = item?.route === undefined
      ? ['All']
      : [item.shown.colors.makeSwatch(item.route), ...makeBreakable(item.route)]
    this.element = element('tr', { 'data-route': route, 'data-total': route === undefined ? '' : undefined },
      element('th', { scope: 'row' }, ...head), ...this.#cells.map(({ cell }) => cell))
  }

  update (item: RowItem): void {
    for (const { column, cell, datum } of this.#cells) {
      const value = column.read(item)
      datum.set(value)
      setAttribute(cell, 'data-zero', value === 0 || value === undefined ? '' : undefined)
      setAttribute(cell, 'data-bad', column.isBad === true && value !== 0 ? '' : undefined)
    }
    this.#draw(item)
  }

  #draw ({ route, shown: { history, registration, colors, fills, theme } }: RowItem): void {
    const samples = history.samples.slice(-sparklineLength)
    const rates = samples.map((sample) => readRate(sample, registration, route))
    const values = [...Array<number>(sparklineLength - rates.length).fill(0), ...rates]
    const context = this.#sparkline.getContext('2d')
    if (context === null) return
    const fill = route === undefined ? theme.muted : fills.get(context, colors.get(route))
    drawSparkline(this.#sparkline, values, fill, theme.line)
  }
}
