import { Type } from '@fastify/type-provider-typebox'
import { PNG } from 'pngjs'

const querystring = Type.Object({
  width: Type.Integer({ minimum: 1, maximum: 2_000, default: 600 }),
  height: Type.Integer({ minimum: 1, maximum: 2_000, default: 400 }),
  iterations: Type.Integer({ minimum: 1, maximum: 50_000, default: 200 })
})

/**
 * A picture, computed dot by dot: the Mandelbrot set.
 * @type {import('@fastify/type-provider-typebox').FastifyPluginAsyncTypebox}
 */
export async function picture (app) {
  app.get('/picture', { blocking: { timeout: 10_000 }, schema: { querystring } }, (request, reply) => {
    const { width, height, iterations } = request.query
    const png = new PNG({ width, height })
    const scale = Math.max(3 / width, 2 / height)
    for (let y = 0; y < height; y++) {
      // Set while this loop runs, too: when the client has gone, or the time is over.
      if (request.signal.aborted) throw request.signal.reason
      for (let x = 0; x < width; x++) {
        const steps = escape((x - width / 2) * scale - 0.5, (y - height / 2) * scale, iterations)
        png.data.set(colour(steps / iterations), (y * width + x) * 4)
      }
    }
    reply.type('image/png')
    return PNG.sync.write(png)
  })
}

/**
 * After how many steps z² + c leaves the circle of radius 2, at most `most`.
 * @param {number} real @param {number} imaginary @param {number} most
 */
function escape (real, imaginary, most) {
  let steps = 0
  for (let x = 0, y = 0; x * x + y * y <= 4 && steps < most; steps++) {
    [x, y] = [x * x - y * y + real, 2 * x * y + imaginary]
  }
  return steps
}

/** @param {number} share 0 to 1; black inside the set */
function colour (share) {
  if (share === 1) return [0, 0, 0, 255]
  const light = Math.sqrt(share)
  return [255 * light, 255 * light ** 2, 255 * (1 - light) / 2, 255]
}
