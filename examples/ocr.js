import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { Type } from '@fastify/type-provider-typebox'
import english from '@tesseract.js-data/eng'
import { dependency } from 'fastify-blocking'

const body = { not: { type: 'null' } }
const response = { 200: Type.Object({ text: Type.String(), confidence: Type.Integer() }) }

/** Tesseract, compiled to WebAssembly: one per worker, from its first request on. It runs in the thread that calls it. */
const tesseract = dependency({ blocking: true, lifetime: 'app' }, async function tesseract () {
  const { default: load } = await import('tesseract.js-core/tesseract-core-simd-lstm.js')
  const core = await load({ print () {}, printErr () {} })
  core.FS.writeFile('eng.traineddata', gunzipSync(readFileSync(join(`${english.langPath}_best_int`, 'eng.traineddata.gz'))))
  const reader = new core.TessBaseAPI()
  reader.Init('.', 'eng', core.OEM_LSTM_ONLY)
  return { files: core.FS, reader }
})

/**
 * Reads what is written in a picture.
 * @type {import('@fastify/type-provider-typebox').FastifyPluginAsyncTypebox}
 */
export async function ocr (app) {
  // Nothing but pictures, which JSON is not.
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(['image/png', 'image/jpeg'], { parseAs: 'buffer' }, (request, body, done) => done(null, body))

  app.post('/ocr', { blocking: true, dependencies: { tesseract }, bodyLimit: 10_000_000, schema: { body, response } }, (request) => {
    const { files, reader } = request.dependencies.tesseract
    files.writeFile('/input', request.body)
    if (reader.SetImageFile() !== 0) throw Object.assign(new Error('That is no picture'), { statusCode: 400 })
    return { text: reader.GetUTF8Text().trim(), confidence: reader.MeanTextConf() }
  })
}
