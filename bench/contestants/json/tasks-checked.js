import Fastify from 'fastify'

const parse = Fastify().getDefaultJsonParser('error', 'error')

export default (body) => {
  let rows
  parse(undefined, Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString(), (error, parsed) => {
    if (error !== null) throw error
    rows = parsed.length
  })
  return { rows }
}
