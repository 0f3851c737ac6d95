import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import t from 'tap'

const fixture = fileURLToPath(new URL('../fixtures/ends-by-itself.js', import.meta.url))

for (const way of ['serves and closes', 'injects and closes', 'injects', 'closes during boot']) {
  t.test(`a process that ${way} exits by itself, with code 0`, async (t) => {
    const child = spawn(process.execPath, [fixture, way], { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, NODE_OPTIONS: '' } })
    t.teardown(() => child.kill('SIGKILL'))
    let output = ''
    child.stdout.on('data', (chunk: Buffer) => { output += chunk.toString() })
    child.stderr.on('data', (chunk: Buffer) => { output += chunk.toString() })
    const [code, signal] = await once(child, 'close')
    t.same({ code, signal, output }, { code: 0, signal: null, output: 'done\n' })
  })
}
