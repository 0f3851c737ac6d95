import { serveWithHosts } from './with-hosts.js'

export const app = await serveWithHosts(1)
