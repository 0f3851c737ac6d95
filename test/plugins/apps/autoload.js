import { fileURLToPath } from 'node:url'
import autoload from '@fastify/autoload'

export const plugin = '@fastify/autoload'
export const uses = 'plugins and routes in folders, with parameters and autohooks'

const folder = (name) => fileURLToPath(new URL(`files/${name}`, import.meta.url))

export default async function (app) {
  await app.register(autoload, { dir: folder('plugins'), forceESM: true })
  await app.register(autoload, { dir: folder('routes'), forceESM: true, routeParams: true, autoHooks: true, options: { prefix: '/api' } })
}

export const requests = [
  { path: '/api/items', status: 200 },
  { path: '/api/items/7', status: 200 },
  { path: '/api/none', status: 404 }
]
