import type { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'
import type { Test } from 'tap'
import { until } from '../support/until.js'

/** Bytes of a chunk, or of an event. */
const size = 65_536

/**
 * Reads a megabyte from the socket, and stops. Tests that its producer is held back, however much that could produce, and goes on
 * when the socket is read again. `count` tells how many chunks have been produced.
 */
export async function stopReading (t: Test, app: FastifyInstance, socket: Socket, count: () => number): Promise<void> {
  let bytes = 0
  socket.on('data', ({ length }: Buffer) => {
    bytes += length
    if (bytes >= 1_000_000) socket.pause()
  })
  await until('a megabyte has come', () => bytes >= 1_000_000)

  // Whoever asks the same thread, and is answered, has let it go on as long as it could.
  let [before, still] = [-1, 0]
  while (still < 50 && before * size < 64_000_000) {
    await app.inject('/thread')
    const now = count()
    still = now === before ? still + 1 : 0
    before = now
  }
  t.ok(before * size < 64_000_000, `${before} chunks`)

  socket.removeAllListeners('data').resume()
  await until('more is produced', () => count() > before)
}
