import { find } from './elements.js'
import { formatRate } from './format.js'
import { readRate } from './history.js'
import { type Line, TimeChart } from './time-chart.js'
import type { Tooltip } from './tooltip.js'
import type { Shown, View } from './view.js'

/** Requests per second by route, over the time shown. */
export class RoutesChart implements View {
  readonly #chart: TimeChart

  constructor (tooltip: Tooltip) {
    this.#chart = new TimeChart({
      container: find('#routes-chart', HTMLElement),
      label: 'Chart: requests per second by route over the time shown',
      format: formatRate,
      formatScale: String,
      height: 190,
      least: 5,
      hidesZeros: true,
      tooltip
    })
  }

  update (shown: Shown): void {
    const { state: { stats }, colors, registration } = shown
    this.#chart.update(Object.keys(stats.routes).map((route): Line => ({
      label: route,
      color: ({ routes }) => routes[colors.get(route).color]!,
      dash: colors.findDash(route),
      makeSwatch: () => colors.makeSwatch(route),
      read: (sample) => readRate(sample, registration, route)
    })), shown)
  }
}
