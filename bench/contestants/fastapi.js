import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'

const python = ['/usr/bin/python3', 'python3'].find((command) => spawnSync(command, ['-c', 'import fastapi, uvicorn, uvloop, httptools']).status === 0)

/** Whether FastAPI, uvicorn, uvloop and httptools are installed. */
export const isThere = python !== undefined

let server

/** One process of uvicorn, with uvloop, in the place of a Fastify instance. */
export const app = {
  async listen () {
    const port = await findPort()
    server = spawn(python, ['-m', 'uvicorn', 'fastapi_routes:app', '--port', String(port), '--loop', 'uvloop', '--http', 'httptools', '--no-access-log'], {
      cwd: fileURLToPath(new URL('.', import.meta.url)), stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' }
    })
    // It tells by its log when it listens.
    for await (const chunk of server.stderr) if (String(chunk).includes('running on')) break
    return `http://127.0.0.1:${port}`
  },
  async close () {
    server.kill()
    await once(server, 'exit')
  }
}

async function findPort () {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address()
  probe.close()
  await once(probe, 'close')
  return port
}
