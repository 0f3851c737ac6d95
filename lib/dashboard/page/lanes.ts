import { element, find, setText } from './elements.js'
import { KeyedList } from './keyed-list.js'
import { Lane } from './lane.js'
import { drawAxis } from './lane-canvas.js'
import { collectLanes, type LaneItem } from './lane-items.js'
import type { Tooltip } from './tooltip.js'
import type { Shown, View } from './view.js'

/** Threads and hosts that are gone and shown without being asked for. */
const shownGone = 6

/**
 * Lanes of the threads and hosts that are there, then of those in the time shown that are gone, the last one
 * first.
 */
export class Lanes implements View {
  readonly #list: KeyedList<LaneItem, Lane>
  readonly #axis = find('#lanes .axis canvas', HTMLCanvasElement)
  readonly #none = find('#no-lanes', HTMLElement)
  readonly #unknown = find('#unknown', HTMLElement)
  readonly #more = find('#more-lanes', HTMLElement)
  readonly #moreText = find('#more-lanes span', HTMLElement)
  readonly #legend: KeyedList<string>
  #areAllShown = false
  #shown: Shown | undefined

  constructor (tooltip: Tooltip) {
    this.#list = new KeyedList(find('#lanes .lanes', HTMLElement), ({ worker }) => String(worker),
      ({ worker }) => new Lane(worker, tooltip))
    this.#legend = new KeyedList<string>(find('#legend', HTMLElement), (label) => label, (label) => {
      const entry = element('li', {}, this.#shown!.colors.makeSwatch(label), label)
      return { element: entry, update: () => {} }
    })
    find('#more-lanes button', HTMLButtonElement).addEventListener('click', () => {
      this.#areAllShown = true
      if (this.#shown !== undefined) this.update(this.#shown)
    })
    new ResizeObserver(() => this.#draw()).observe(this.#axis)
  }

  update (shown: Shown): void {
    this.#shown = shown
    const lanes = collectLanes(shown)
    const there = lanes.filter(({ state }) => state !== undefined)
    const gone = lanes.filter(({ state }) => state === undefined).reverse()
    const hidden = this.#areAllShown ? 0 : Math.max(gone.length - shownGone, 0)
    this.#list.update([...there, ...gone.slice(0, gone.length - hidden)])
    this.#more.hidden = hidden === 0
    setText(this.#moreText, `${hidden} more ${hidden === 1 ? 'is' : 'are'} gone.`)
    this.#none.hidden = lanes.length > 0 || shown.info.threads === 0
    this.#unknown.hidden = shown.history.findGaps(shown.from, shown.to).length === 0
    this.#legend.update(findLabels(shown))
    this.#draw()
  }

  #draw (): void {
    if (this.#shown === undefined) return
    for (const lane of this.#list.views) lane.draw()
    drawAxis(this.#axis, this.#shown)
  }
}

/** Returns the routes and functions that there are, or that ran in the time shown. */
function findLabels ({ state, samples, registration }: Shown): string[] {
  const ran = samples.flatMap(({ registrations }) => registrations[registration]?.workers ?? [])
    .flatMap((worker) => worker.ran.map(([label]) => label))
  const run = state.workers.flatMap(({ running }) => running.map(({ label }) => label))
  return [...new Set([...Object.keys(state.stats.routes), ...ran, ...run])]
}
