import { once } from 'node:events'
import websocket from '@fastify/websocket'
import { WebSocket } from 'undici'

export const plugin = '@fastify/websocket'
export const uses = 'blocking handlers beside websocket routes, which stay on the loop'

export default async function (app) {
  await app.register(websocket)
  app.get('/socket', { websocket: true }, (socket, request) => {
    socket.on('message', (message) => socket.send(`${request.query.name}: ${message}`))
  })
  app.route({ method: 'GET', url: '/both', handler: () => 'over http', wsHandler: (socket) => socket.send('over a socket') })
  app.get('/beside', () => ({ clients: app.websocketServer.clients.size }))
}

export const requests = [
  { path: '/beside', status: 200 },
  { path: '/both', status: 200 },
  { path: '/socket', isLoops: true, status: 404 }
]

/** What is said on the sockets themselves. */
export async function besides (origin) {
  const say = async (path, text) => {
    const socket = new WebSocket(origin.replace('http', 'ws') + path)
    if (text !== undefined) socket.addEventListener('open', () => socket.send(text))
    const [{ data }] = await once(socket, 'message')
    socket.close()
    return data
  }
  return { echo: await say('/socket?name=ann', 'hello'), both: await say('/both') }
}
