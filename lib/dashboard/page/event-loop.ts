import type uPlot from 'uplot'
import type { Sample } from '../protocol.js'
import { Datum } from './datum.js'
import { find } from './elements.js'
import { formatDuration } from './format.js'
import { type Line, TimeChart } from './time-chart.js'
import type { Tooltip } from './tooltip.js'
import type { Shown, View } from './view.js'

type Delay = NonNullable<Sample['delay']>

const lines: Line[] = [
  { label: 'longest', color: ({ warning }) => warning, width: 1, read: ({ delay }) => delay?.max },
  { label: 'p50', color: ({ accent }) => accent, read: ({ delay }) => delay?.p50 }
]

/** By how much the timers of the event loop are late, with a mark where code has held it. */
export class EventLoop implements View {
  readonly #section = find('#loop', HTMLElement)
  readonly #delays = (['p50', 'max'] as const).map((name) => ({
    datum: Datum.find(this.#section, `delay.${name}`, formatDuration),
    read: (delay: Delay) => delay[name]
  }))

  readonly #chart: TimeChart

  constructor (tooltip: Tooltip) {
    this.#chart = new TimeChart({
      container: find('#loop-chart', HTMLElement),
      label: 'Chart: delay of the event loop over the time shown, with a mark at each stall',
      format: formatDuration,
      formatScale: (value) => value < 1_000 ? `${value} ms` : `${value / 1_000} s`,
      height: 150,
      least: 10,
      isLogarithmic: true,
      tooltip,
      draw: drawStalls
    })
  }

  update (shown: Shown): void {
    const delay = shown.history.samples.at(-1)?.delay
    for (const { datum, read } of this.#delays) datum.set(delay === undefined ? undefined : read(delay))
    this.#chart.update(lines, shown)
  }
}

/** CSS pixels between two marks, at least: marks of more stalls than that would cover each other. */
const markDistance = 14

function drawStalls (plot: uPlot, { history, from, theme }: Shown): void {
  const { ctx: context, bbox: { left, top, width, height } } = plot
  const scale = devicePixelRatio
  const size = 4 * scale
  context.save()
  context.beginPath()
  context.rect(left, top - 2 * size, width, height + 2 * size)
  context.clip()
  context.fillStyle = theme.bad
  let lastMark = -Infinity
  for (const { at, held } of history.stalls.toSorted((a, b) => a.at - b.at)) {
    if (at + held < from) continue
    const start = plot.valToPos(at, 'x', true)
    const end = Math.max(plot.valToPos(at + held, 'x', true), start + scale)
    context.globalAlpha = 0.16
    context.fillRect(start, top, end - start, height)
    if (start - lastMark < markDistance * scale) continue
    lastMark = start
    context.globalAlpha = 1
    context.beginPath()
    context.moveTo(start - size, top - 2 * size)
    context.lineTo(start + size, top - 2 * size)
    context.lineTo(start, top)
    context.fill()
  }
  context.restore()
}
