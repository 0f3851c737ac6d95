import { prepareCanvas } from './canvas.js'

/** Draws values as bars on a line, the last one at the right edge. */
export function drawSparkline (
  canvas: HTMLCanvasElement, values: readonly number[], fill: string | CanvasPattern, line: string
): void {
  const surface = prepareCanvas(canvas)
  if (surface === undefined) return
  const { context, width, height } = surface
  const most = Math.max(...values, 1)
  const step = width / values.length
  context.fillStyle = line
  context.fillRect(0, height - 1, width, 1)
  context.fillStyle = fill
  values.forEach((value, index) => {
    if (value === 0) return
    const bar = Math.max(value / most * height, 1)
    context.fillRect(index * step, height - bar, Math.max(step, 1), bar)
  })
}
