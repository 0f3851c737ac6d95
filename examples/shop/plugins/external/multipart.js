import multipart from '@fastify/multipart'

/** @param {import('fastify').FastifyInstance} app */
export const autoConfig = (app) => ({ limits: { fileSize: app.config.PICTURE_BYTES, files: 1, fields: 5 } })

export default multipart
