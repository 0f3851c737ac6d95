import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import redis from '@fastify/redis'

export const plugin = '@fastify/redis'
export const uses = '`fastify.redis`, with a server of its own'

/** A redis-server, if it is installed. */
export async function surround () {
  const folder = await mkdtemp(join(tmpdir(), 'redis-'))
  const path = join(folder, 'socket')
  const server = spawn('redis-server', ['--port', '0', '--unixsocket', path, '--save', '', '--dir', folder], { stdio: ['ignore', 'pipe', 'ignore'] })
  const close = async () => {
    if (server.kill()) await once(server, 'exit')
    await rm(folder, { recursive: true })
  }
  if (!await Promise.race([isReady(server), once(server, 'error').then(() => false)])) {
    await rm(folder, { recursive: true })
    return { missing: 'redis-server is not installed' }
  }
  return { given: { path }, close }
}

async function isReady ({ stdout }) {
  for await (const line of createInterface(stdout)) if (/eady to accept connections/.test(line)) return true
  return false
}

export default async function (app, { path }) {
  await app.register(redis, { path })
  app.get('/', async (request) => {
    await app.redis.set('key', request.headers['x-by'])
    const stored = await app.redis.get('key')
    const many = await app.redis.multi().del('list').rpush('list', 'one', 'two').lrange('list', 0, -1).exec()
    return { stored, many: many.at(-1)[1] }
  })
  app.get('/bytes', async (_request, reply) => {
    await app.redis.set('bytes', Buffer.from([0, 255]))
    return reply.type('application/octet-stream').send(await app.redis.getBuffer('bytes'))
  })
  app.get('/wrong', () => app.redis.call('nothing'))
}

export const requests = [{ path: '/', status: 200 }, { path: '/bytes', status: 200 }, { path: '/wrong', status: 500 }]
