import type { Sample } from '../protocol.js'
import { find } from './elements.js'
import { formatRate } from './format.js'
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

/** Returns how many requests have ended per second; without a route those of all. */
export function readRate ({ duration, registrations }: Sample, registration: number, route?: string): number {
  const ended = registrations[registration]?.ended ?? {}
  const counts = route === undefined ? Object.values(ended) : [ended[route] ?? 0]
  const count = counts.reduce((sum, one) => sum + one, 0)
  return count / duration * 1_000
}
