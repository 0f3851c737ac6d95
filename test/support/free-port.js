import { once } from 'node:events'
import { createServer } from 'node:net'

/**
 * For what cannot be told to take any port that is free.
 * @returns {Promise<number>}
 */
export async function findPort () {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  return port
}
