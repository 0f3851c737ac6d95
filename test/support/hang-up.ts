import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

/** Sends a request on a connection of its own, which the test may break. */
export async function send (port: number, path: string): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  await once(socket, 'connect')
  socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`)
  return socket
}
