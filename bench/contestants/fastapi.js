import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { spin } from '../work.js'

const program = `
import sys, fastapi, uvicorn, uvloop, httptools
print('Python', sys.version.split()[0])
for module in (fastapi, uvicorn, uvloop): print(module.__name__, module.__version__)`

let found

/** { python, versions: ['Python 3.11.2', …] }, or null where FastAPI, uvicorn, uvloop or httptools is not installed. */
export function findFastApi () {
  if (found === undefined) found = ['/usr/bin/python3', 'python3'].reduce((found, python) => found ?? tryPython(python), null)
  return found
}

function tryPython (python) {
  const { status, stdout } = spawnSync(python, ['-c', program], { encoding: 'utf8' })
  return status === 0 ? { python, versions: stdout.trim().split('\n') } : null
}

let server

/** The loop and the threads of the process that starts uvicorn tell nothing. */
export const isOtherProgram = true

/** One process of uvicorn, with uvloop, in the place of a Fastify instance. */
export const app = {
  async listen () {
    const { python } = findFastApi()
    const port = await findPort()
    // Connections may idle for as long as Fastify's; uvicorn would end them after 5 s.
    server = spawn(python, ['-m', 'uvicorn', 'fastapi_routes:app', '--port', String(port), '--loop', 'uvloop', '--http', 'httptools', '--no-access-log', '--timeout-keep-alive', '72'], {
      cwd: fileURLToPath(new URL('.', import.meta.url)),
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1', BENCH_SPIN: String(timeOfSpin()) }
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

/** How many ms of this processor spin(1) takes: what a handler of Python's is given to spin. */
function timeOfSpin () {
  spin(50)
  const { user } = process.cpuUsage()
  spin(200)
  return process.cpuUsage().user / 200_000 - user / 200_000
}

async function findPort () {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address()
  probe.close()
  await once(probe, 'close')
  return port
}
