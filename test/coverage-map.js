import { readdirSync } from 'node:fs'

// lib/worker runs in worker threads alone, where tap does not collect coverage. What it does is compared with what
// Fastify does on the loop, case by case, in test/lifecycle.
const inWorkers = /^worker\//

export default () => readdirSync('dist', { recursive: true })
  .filter((file) => file.endsWith('.js') && !inWorkers.test(file))
  .map((file) => `dist/${file}`)
