import { fileURLToPath } from 'node:url'
import t from 'tap'
import { runToEnd } from '../support/app-process.js'

const script = fileURLToPath(new URL('../fixtures/ends-by-itself.js', import.meta.url))

t.test('NODE_DEBUG=fastify-blocking prints what is opened, what comes back, and the slot that is free', async (t) => {
  const { stderr, code } = await runToEnd(t, [script, 'serves and closes'], { NODE_DEBUG: 'fastify-blocking' })
  t.equal(code, 0, stderr)
  const lines = stderr.split('\n').map((line) => /^FASTIFY-BLOCKING \d+: thread \d+(.*)$/.exec(line)?.[1]).filter((line) => line !== undefined)
  const slot = /\d+/.exec(lines[0] ?? '')?.[0]
  t.same(lines.slice(0, 3), [`, session ${slot}: <- open GET /tell`, `, session ${slot}: -> answer`, `: slot ${slot} is free`], stderr)
})

t.test('and nothing without it', async (t) => {
  t.notMatch(await runToEnd(t, [script, 'serves and closes']), { stderr: 'FASTIFY-BLOCKING' })
})
