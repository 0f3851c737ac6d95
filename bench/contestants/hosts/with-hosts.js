import { spawn, spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { NatsServer } from '../../../test/support/nats-server.js'
import { build } from './app.js'

const command = fileURLToPath(new URL('../../../dist/host/command.js', import.meta.url))
const app = fileURLToPath(new URL('app.js', import.meta.url))

export const isBrokerThere = () => spawnSync('nats-server', ['--version']).error === undefined

/** A server without threads, with so many worker hosts of one thread each, which end with it. */
export async function serveWithHosts (count) {
  const broker = new NatsServer()
  await broker.start()
  const servers = `nats://127.0.0.1:${broker.port}`
  const hosts = Array.from({ length: count }, () =>
    spawn(process.execPath, [command, 'worker', app, '--servers', servers, '--threads', '1'], { stdio: ['ignore', 'ignore', 'inherit'] }))
  const server = await build({ servers })
  server.addHook('onClose', async () => {
    for (const host of hosts) host.kill('SIGKILL')
    await broker.end('SIGKILL')
  })
  await server.ready()
  while (server.blocking.stats().hosts.filter(({ free }) => free === 1).length < count) await new Promise((resolve) => setTimeout(resolve, 20))
  return server
}
