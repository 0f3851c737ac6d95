import { once } from 'node:events'
import { createServer } from 'node:http'
import { sizes, takeRows } from '../sizes.js'
import { uploads } from '../uploads.js'

// The least that an HTTP server can do: it reads the request to its end, and writes bytes that are there. The routes are
// those of json/ours.js, with the same answers.
const answers = new Map([
  ['/noop', encode({ hello: 'world' })],
  ...Object.values(sizes).map(({ count }) => [`/json/${count}`, encode(takeRows(count))])
])
const answersByLength = new Map(Object.entries(sizes).map(([size, { count }]) => [String(uploads[size]().body.length), encode({ rows: count })]))

// Connections may idle for as long as Fastify's.
const server = createServer({ keepAliveTimeout: 72_000 }, (request, response) => {
  const answer = answers.get(request.url) ?? answersByLength.get(request.headers['content-length'])
  request.on('end', () => {
    response.writeHead(200, { 'content-type': 'application/json; charset=utf-8', 'content-length': answer.length })
    response.end(answer)
  })
  request.resume()
})

/** In the place of a Fastify instance. */
export const app = {
  async listen ({ host, port }) {
    server.listen(port, host)
    await once(server, 'listening')
    return `http://${host}:${server.address().port}`
  },
  async close () {
    server.close()
    server.closeIdleConnections()
    await once(server, 'close')
  }
}

function encode (value) {
  return Buffer.from(JSON.stringify(value))
}
