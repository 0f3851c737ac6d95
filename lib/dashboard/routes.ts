import type { FastifyInstance, FastifyReply, FastifyRequest, FastifySchema } from 'fastify'
import { leaveOutOfAdvice } from '../insight/own-routes.js'
import type { DashboardOptions } from '../options/schemas.cjs'
import { EventStreams } from './event-streams.js'
import { refuseOthers } from './local-guard.js'
import { type PageFile, readPageFiles } from './page-files.js'
import { Recorder } from './recorder.js'

/** Nothing of another origin is loaded, nothing inline runs, and no other page frames this one. */
const contentSecurityPolicy = [
  "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self'", "connect-src 'self'",
  "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"
].join('; ')

/** `hide` is an option of @fastify/swagger. */
const hidden: FastifySchema & { hide: true } = { hide: true }

/** Adds the page, the files that it loads, and the stream of its events. */
export function addRoutes (fastify: FastifyInstance, { onRequest }: DashboardOptions): void {
  leaveOutOfAdvice(fastify)
  const recorder = Recorder.of(fastify.server)
  const streams = new EventStreams(recorder)
  // Whatever option dispatch says. API pages do not list it.
  const route = { onRequest: onRequest ?? refuseOthers, blocking: false, schema: hidden }

  for (const file of readPageFiles()) {
    fastify.get(file.path, route, async function sendPageFile (request, reply) {
      return file.path === '/' && !splitUrl(request)[0].endsWith('/')
        ? await redirectToFolder(request, reply)
        : await sendFile(file, request, reply)
    })
  }
  // A HEAD request would never end, and a limit of the server would cut off every page.
  const endless = { exposeHeadRoute: false, handlerTimeout: 2 ** 31 - 1 }
  fastify.get('/events', { ...route, ...endless }, async function streamEvents (request, reply) {
    // The server may be closing by the time the stream ends, and would wait for an idle connection.
    if (request.raw.httpVersionMajor === 1) reply.header('connection', 'close')
    return await reply
      .headers({ 'cache-control': 'no-store, no-transform', 'x-accel-buffering': 'no' })
      .type('text/event-stream')
      .send(streams.open(reply.raw))
  })
  fastify.addHook('preClose', async function endStreams () { streams.close() })
  fastify.addHook('onClose', async function stopRecorder () { recorder.stop() })
  if (onRequest === undefined) {
    fastify.log.info(
      `fastify-blocking: the dashboard at ${fastify.prefix || '/'} answers only to this machine, since it ` +
      'has no guard; give it one by its option onRequest to open it to others'
    )
  }
}

async function sendFile (
  { type, content, etag }: PageFile, request: FastifyRequest, reply: FastifyReply
): Promise<FastifyReply> {
  reply.headers({
    'content-security-policy': contentSecurityPolicy,
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-cache',
    etag
  })
  if (request.headers['if-none-match'] === etag) return await reply.code(304).send()
  return await reply.type(type).send(content)
}

/** The page loads its files by relative paths. So is this one: a proxy may have cut off what is before. */
async function redirectToFolder (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const [path, query] = splitUrl(request)
  return await reply.redirect(`.${path.slice(path.lastIndexOf('/'))}/${query}`)
}

/** Splits the URL as the client has it. */
function splitUrl ({ originalUrl }: FastifyRequest): [path: string, query: string] {
  const start = originalUrl.indexOf('?')
  return start === -1 ? [originalUrl, ''] : [originalUrl.slice(0, start), originalUrl.slice(start)]
}
