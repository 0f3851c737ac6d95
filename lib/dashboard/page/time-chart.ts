import type uPlot from 'uplot'
import type { Sample } from '../protocol.js'
import { formatClock } from './format.js'
import type { Theme } from './theme.js'
import { findTicks } from './time-axis.js'
import type { Tooltip } from './tooltip.js'
import type { Shown } from './view.js'

declare global {
  interface Window {
    /** By uplot.js, which index.html loads. */
    readonly uPlot: typeof uPlot
  }
}

export interface Line {
  label: string
  color: (theme: Theme) => string
  dash?: number[]
  width?: number
  /** Whether the value stays until the next one. */
  isStepped?: boolean
  /** Whether the area below is filled. */
  isFilled?: boolean
  makeSwatch?: () => Node
  /** Returns undefined where there is no value. */
  read: (sample: Sample) => number | undefined
}

export interface TimeChartOptions {
  container: HTMLElement
  /** For who cannot see the chart. */
  label: string
  format: (value: number) => string
  /** Labels of the scale, if they are shorter than that. */
  formatScale?: (value: number) => string
  height?: number
  /** The scale goes up to this value at least. */
  least: number
  /** Whether it is linear near 0, and logarithmic above: where values differ by powers of ten. */
  isLogarithmic?: boolean
  /** Whether values of 0 are left out beside the pointer. */
  hidesZeros?: boolean
  tooltip: Tooltip
  /** Draws more into the plot. */
  draw?: (plot: uPlot, shown: Shown) => void
}

const axisSize = 58

/** Pixels between the pointer and the sample whose values are shown, at most. */
const hoverDistance = 20

/** Labels of a logarithmic scale. */
const powers = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000]

/** Lines over the time shown. All such charts show the pointer's moment at once. */
export class TimeChart {
  readonly #options: TimeChartOptions
  #plot: uPlot | undefined
  #lines: readonly Line[] = []
  #shown: Shown | undefined

  constructor (options: TimeChartOptions) {
    this.#options = options
    options.container.setAttribute('role', 'img')
    options.container.setAttribute('aria-label', options.label)
    new ResizeObserver(() => this.#resize()).observe(options.container)
  }

  update (lines: readonly Line[], shown: Shown): void {
    this.#shown = shown
    const areSame = lines.length === this.#lines.length &&
      lines.every(({ label }, index) => label === this.#lines[index]!.label)
    this.#lines = lines
    if (!areSame || this.#plot === undefined) this.#make()
    this.#plot?.setData(this.#collect(shown))
  }

  #make (): void {
    this.#plot?.destroy()
    this.#plot = undefined
    const { container, height = 150 } = this.#options
    // In a section that is not shown there is no room.
    if (container.clientWidth === 0) return
    const { uPlot: Plot } = window
    this.#plot = new Plot({
      width: container.clientWidth,
      height,
      padding: [8, 26, 0, 0],
      legend: { show: false },
      scales: {
        x: { time: false, range: () => [this.#shown!.from, this.#shown!.to] },
        y: {
          range: (_plot, _min, max) => [0, findTop(Math.max(max ?? 0, this.#options.least))],
          ...(this.#options.isLogarithmic === true ? { distr: 4, asinh: 1 } : {})
        }
      },
      axes: [this.#makeTimeAxis(), this.#makeValueAxis()],
      series: [{}, ...this.#lines.map((line) => this.#makeSeries(line))],
      cursor: {
        y: false,
        drag: { x: false, y: false },
        sync: { key: 'time', setSeries: false },
        points: { size: 6 },
        hover: { prox: hoverDistance }
      },
      hooks: {
        draw: [(plot) => this.#options.draw?.(plot, this.#shown!)],
        setCursor: [(plot) => this.#point(plot)]
      }
    }, [], container)
    this.#plot.over.addEventListener('mouseleave', () => this.#options.tooltip.hide())
  }

  #makeTimeAxis (): uPlot.Axis {
    return {
      ...this.#style(),
      size: 26,
      splits: (plot, _axis, from, to) => findTicks(from, to, plot.bbox.width / devicePixelRatio),
      values: (_plot, splits) => splits.map(formatClock)
    }
  }

  #makeValueAxis (): uPlot.Axis {
    const { format, formatScale = format, isLogarithmic } = this.#options
    return {
      ...this.#style(),
      size: axisSize,
      space: 30,
      values: (_plot, splits) => splits.map((value) => value === null ? null : formatScale(value)),
      ...(isLogarithmic === true
        ? {
            splits: (_plot, _axis, _min, max) => powers.filter((value) => value <= max),
            filter: (_plot, splits) => splits
          }
        : {})
    }
  }

  #style (): uPlot.Axis {
    const line = () => this.#shown!.theme.line
    return {
      stroke: () => this.#shown!.theme.muted,
      font: `11px ${getComputedStyle(this.#options.container).fontFamily}`,
      grid: { stroke: line, width: 1 },
      ticks: { stroke: line, width: 1, size: 4 }
    }
  }

  #makeSeries ({ label, color, dash, width, isStepped, isFilled }: Line): uPlot.Series {
    const stroke = () => color(this.#shown!.theme)
    return {
      label,
      stroke,
      width: width ?? 1.5,
      // A value between two that are missing makes no line.
      points: { show: true, size: 4, fill: stroke, filter: (plot, index) => findLone(plot.data[index]!) },
      ...(dash === undefined || dash.length === 0 ? {} : { dash }),
      ...(isFilled === true ? { fill: () => `color-mix(in srgb, ${stroke()} 18%, transparent)` } : {}),
      ...(isStepped === true ? { paths: window.uPlot.paths.stepped!({ align: -1 }) } : {})
    }
  }

  #collect (shown: Shown): uPlot.AlignedData {
    const times: number[] = []
    const values: (number | null)[][] = this.#lines.map(() => [])
    const gaps = new Set(shown.history.findGaps(shown.from, shown.to).map(({ from }) => from))
    for (const sample of shown.samples) {
      times.push(sample.at)
      this.#lines.forEach(({ read }, index) => values[index]!.push(read(sample) ?? null))
      if (!gaps.has(sample.at)) continue
      // The line ends here.
      times.push(sample.at + 1)
      for (const one of values) one.push(null)
    }
    return [times, ...values]
  }

  #resize (): void {
    const { container, height = 150 } = this.#options
    const { clientWidth: width } = container
    if (this.#shown === undefined || width === 0 || width === this.#plot?.width) return
    if (this.#plot === undefined) this.update(this.#lines, this.#shown)
    else this.#plot.setSize({ width, height })
  }

  #point (plot: uPlot): void {
    const { tooltip, format, hidesZeros } = this.#options
    const { idx, event } = plot.cursor
    // Other charts have the pointer's moment too, but not the pointer.
    if (event === undefined || !plot.over.matches(':hover')) return
    const at = idx === undefined || idx === null ? undefined : plot.data[0][idx]
    const distance = at === undefined ? Infinity : Math.abs(plot.valToPos(at, 'x') - plot.cursor.left!)
    if (at === undefined || distance > hoverDistance) return tooltip.hide()
    const lines = this.#lines.map(({ label, makeSwatch }, index) =>
      ({ label, swatch: makeSwatch?.(), value: plot.data[index + 1]?.[idx!] ?? undefined }))
      .filter(({ value }) => value !== undefined && !(hidesZeros === true && value === 0))
    const { clientX, clientY } = event
    tooltip.show(clientX, clientY, formatClock(at),
      lines.map(({ value, ...line }) => ({ ...line, value: format(value!) })))
  }
}

/** Returns the indices of values that have no other one beside them. */
function findLone (values: ArrayLike<number | null | undefined>): number[] {
  const has = (index: number) => values[index] !== undefined && values[index] !== null
  return Array.from(values, (_value, index) => index)
    .filter((index) => has(index) && !has(index - 1) && !has(index + 1))
}

/** Returns the next of 1, 2, 5, 10, 20 and so on, so that the scale changes seldom. */
function findTop (value: number): number {
  const power = 10 ** Math.floor(Math.log10(value))
  return [1, 2, 5, 10].map((factor) => factor * power).find((top) => top >= value)!
}
