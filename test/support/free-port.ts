import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'

/** For what cannot be told to take any port that is free. */
export async function findPort (): Promise<number> {
  const server = createServer().listen(0)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  return port
}
