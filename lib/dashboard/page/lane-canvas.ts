import { prepareCanvas } from './canvas.js'
import { formatClock } from './format.js'
import type { LaneSlice } from './history.js'
import type { LaneItem } from './lane-items.js'
import { findTicks } from './time-axis.js'
import type { Shown } from './view.js'

/** A moment, or a time, at which the thread, or the host, was not there for requests. */
export interface LaneMarks {
  /** ms since 1970. */
  boot?: { from: number, to: number } | undefined
  /** When the thread was killed, or the host was lost. */
  killedAt?: number | undefined
}

/**
 * Draws what a thread, or a host, ran: a bar for each interval, as high as the share of it for which each
 * route ran.
 */
export function drawLane (
  canvas: HTMLCanvasElement, { slices, slots, shown }: LaneItem, marks: LaneMarks
): void {
  const surface = prepareCanvas(canvas)
  if (surface === undefined) return
  const { context, width, height } = surface
  const { from, to, theme } = shown
  const toX = (at: number) => Math.round((at - from) / (to - from) * width)
  const most = findMost(slices, slots)
  for (const slice of slices) {
    const left = toX(slice.at - slice.duration)
    const width = Math.max(toX(slice.at) - left, 1)
    context.fillStyle = theme.lane
    context.fillRect(left, 0, width, height)
    // Seconds are told apart where there is room.
    drawBar(context, slice, { left, width: width > 4 ? width - 1 : width, height, most }, shown)
  }
  const { boot, killedAt } = marks
  if (boot !== undefined) drawBoot(context, toX(boot.from), toX(boot.to), height, shown)
  if (killedAt !== undefined) drawKill(context, toX(killedAt), height, shown)
  drawGaps(context, width, height, toX, shown)
}

/** Returns how many runs there were at once at most, on average over an interval; at least `slots`. */
export function findMost (slices: readonly LaneSlice[], slots: number): number {
  return slices.reduce((most, { duration, ran }) => Math.max(most, sumTime(ran) / duration), slots)
}

function sumTime (ran: LaneSlice['ran']): number {
  return ran.reduce((sum, [, time]) => sum + time, 0)
}

function drawBar (
  context: CanvasRenderingContext2D, { duration, ran }: LaneSlice,
  { left, width, height, most }: { left: number, width: number, height: number, most: number },
  { colors, fills }: Shown
): void {
  let bottom = height
  for (const [label, time] of ran) {
    const part = time / duration / most * height
    context.fillStyle = fills.get(context, colors.get(label))
    // A short run is seen as well, where no other one covers it.
    const drawn = bottom === height ? Math.max(part, 1) : part
    context.fillRect(left, bottom - drawn, width, drawn)
    bottom -= part
  }
  if (!ran.some(([, , , lost]) => lost > 0)) return
  context.fillStyle = fills.getLost(context)
  context.fillRect(left, 0, Math.max(width, 4), height)
}

function drawBoot (
  context: CanvasRenderingContext2D, left: number, right: number, height: number, { theme }: Shown
): void {
  context.fillStyle = theme.lane
  context.fillRect(left, 0, right - left, height)
  context.fillStyle = theme.muted
  context.fillRect(left, height / 2 - 1, Math.max(right - left, 2), 2)
}

function drawKill (context: CanvasRenderingContext2D, x: number, height: number, { theme }: Shown): void {
  context.fillStyle = theme.bad
  context.fillRect(x - 1, 0, 3, height)
  const size = 4
  context.strokeStyle = theme.surface
  context.lineWidth = 5
  for (const color of [theme.surface, theme.bad]) {
    context.strokeStyle = color
    context.beginPath()
    context.moveTo(x + 6 - size, height / 2 - size)
    context.lineTo(x + 6 + size, height / 2 + size)
    context.moveTo(x + 6 + size, height / 2 - size)
    context.lineTo(x + 6 - size, height / 2 + size)
    context.stroke()
    context.lineWidth = 2
  }
}

/** Where there are no samples nothing is known: nobody has looked, or the events are late. */
function drawGaps (
  context: CanvasRenderingContext2D, width: number, height: number, toX: (at: number) => number, shown: Shown
): void {
  for (const { from, to } of shown.history.findGaps(shown.from, shown.to)) {
    const left = Math.max(toX(from), 0)
    const right = Math.min(toX(to), width)
    context.strokeStyle = shown.theme.line
    context.lineWidth = 1
    context.save()
    context.beginPath()
    context.rect(left, 0, right - left, height)
    context.clip()
    context.beginPath()
    for (let x = left - height; x < right; x += 8) {
      context.moveTo(x, height)
      context.lineTo(x + height, 0)
    }
    context.stroke()
    context.restore()
  }
}

export function drawAxis (canvas: HTMLCanvasElement, { from, to, theme }: Shown): void {
  const surface = prepareCanvas(canvas)
  if (surface === undefined) return
  const { context, width } = surface
  context.font = `11px ${getComputedStyle(canvas).fontFamily}`
  context.fillStyle = theme.muted
  context.strokeStyle = theme.line
  context.textAlign = 'center'
  context.textBaseline = 'top'
  for (const at of findTicks(from, to, width)) {
    const x = Math.round((at - from) / (to - from) * width) + 0.5
    context.beginPath()
    context.moveTo(x, 0)
    context.lineTo(x, 4)
    context.stroke()
    // A label at an edge would be cut off.
    if (x > 26 && x < width - 26) context.fillText(formatClock(at), x, 6)
  }
}
