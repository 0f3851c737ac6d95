export interface Surface { context: CanvasRenderingContext2D, width: number, height: number }

/** Clears a canvas, and makes it as fine as the screen is. Sizes are in CSS pixels; undefined without any. */
export function prepareCanvas (canvas: HTMLCanvasElement): Surface | undefined {
  const { clientWidth: width, clientHeight: height } = canvas
  const context = canvas.getContext('2d')
  if (width === 0 || height === 0 || context === null) return undefined
  const scale = devicePixelRatio
  const [pixelWidth, pixelHeight] = [Math.round(width * scale), Math.round(height * scale)]
  if (canvas.width !== pixelWidth || canvas.height !== pixelHeight) {
    canvas.width = pixelWidth
    canvas.height = pixelHeight
  }
  context.setTransform(scale, 0, 0, scale, 0, 0)
  context.clearRect(0, 0, width, height)
  return { context, width, height }
}
