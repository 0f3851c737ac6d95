import { Datum } from './datum.js'
import { find, setAttribute, setText } from './elements.js'
import { formatCount } from './format.js'
import { type Line, TimeChart } from './time-chart.js'
import type { Tooltip } from './tooltip.js'
import type { Shown, View } from './view.js'

/** The queue beside its limit. */
export class Queue implements View {
  readonly #section = find('#queue', HTMLElement)
  readonly #length = Datum.find(this.#section, 'queue', formatCount)
  readonly #limit = Datum.find(this.#section, 'queue.limit', formatCount)
  readonly #state = find('[data-stat="isSaturated"]', HTMLElement, this.#section)
  readonly #meter = find('meter', HTMLMeterElement, this.#section)
  readonly #chart: TimeChart

  constructor (tooltip: Tooltip) {
    this.#chart = new TimeChart({
      container: find('#queue-chart', HTMLElement),
      label: 'Chart: requests that wait, over the time shown',
      format: formatCount,
      least: 5,
      tooltip,
      draw: (plot, { info, theme }) => {
        const { ctx: context, bbox: { left, width, top } } = plot
        const y = plot.valToPos(info.queue, 'y', true)
        if (y < top) return
        context.save()
        context.strokeStyle = theme.bad
        context.lineWidth = devicePixelRatio
        context.setLineDash([6 * devicePixelRatio, 4 * devicePixelRatio])
        context.beginPath()
        context.moveTo(left, y)
        context.lineTo(left + width, y)
        context.stroke()
        context.restore()
      }
    })
  }

  update (shown: Shown): void {
    const { info, state } = shown
    this.#length.set(state.stats.queue)
    this.#limit.set(info.queue)
    setAttribute(this.#state, 'data-value', String(state.isSaturated))
    setText(this.#state, state.isSaturated ? 'saturated' : 'not saturated')
    this.#meter.max = Math.max(info.queue, 1)
    // From half of the limit on the queue counts as saturated.
    this.#meter.high = this.#meter.max / 2
    this.#meter.optimum = 0
    this.#meter.value = state.stats.queue
    setText(this.#meter, `${state.stats.queue} of ${info.queue}`)
    const line: Line = {
      label: 'waiting',
      color: ({ accent }) => accent,
      isStepped: true,
      isFilled: true,
      read: ({ registrations }) => registrations[shown.registration]?.queue
    }
    this.#chart.update([line], shown)
  }
}
