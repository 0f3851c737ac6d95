import { createWriteStream } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { Type } from '@fastify/type-provider-typebox'
import { staff } from '../../../../../guards.js'
import { Failure, Id } from '../../../../../schemas/common.js'
import { blocks } from '../../../../../threads.js'

const kinds = new Map([['.png', 'image/png'], ['.jpg', 'image/jpeg']])

/** @type {import('@fastify/type-provider-typebox').FastifyPluginAsyncTypebox} */
export default async function pictures (app) {
  const { products, httpErrors } = app
  const folder = join(app.config.SHOP_DATA, 'pictures')
  const tags = ['products']

  // Only its way to the disk is awaited; but the database is asked before and after.
  app.put('/', {
    blocking: blocks,
    dependencies: { staff },
    schema: { tags, params: Id, consumes: ['multipart/form-data'], response: { 201: Type.Object({ bytes: Type.Integer(), kind: Type.String() }), 404: Failure, 413: Failure, 415: Failure } }
  }, async (request, reply) => {
    const { id } = request.params
    products.get(id)
    const part = await request.file()
    if (part === undefined) throw httpErrors.badRequest('There is no picture in the form')
    const extension = extname(part.filename).toLowerCase()
    if (kinds.get(extension) !== part.mimetype) {
      // Read to its end all the same, or it would hold up the connection.
      part.file.resume()
      throw httpErrors.unsupportedMediaType('A picture is a PNG or a JPEG')
    }

    const file = `${id}${extension}`
    const draft = join(folder, `${request.id}${extension}`)
    try {
      const target = createWriteStream(draft)
      await pipeline(part.file, target)
      if (part.file.truncated) throw httpErrors.payloadTooLarge(`A picture has no more than ${app.config.PICTURE_BYTES} bytes`)
      await rename(draft, join(folder, file))
      products.setPicture(id, file)
      reply.code(201).header('location', request.url)
      return { bytes: target.bytesWritten, kind: part.mimetype }
    } finally {
      await rm(draft, { force: true })
    }
  })

  app.get('/', { blocking: blocks, schema: { tags, params: Id, response: { 200: Type.Unknown(), 404: Failure } } },
    async (request, reply) => reply.sendFile(products.pictureOf(request.params.id)))
}
