import { PassThrough } from 'node:stream'
import t from 'tap'
import { build } from './fixtures/logs-on-the-main-thread.js'

interface Line { level: number, msg: string, code?: string, err?: { code: string } }

async function collect (forWorkers: boolean): Promise<Line[]> {
  const stream = new PassThrough()
  const app = await build({ logger: { stream }, forWorkers })
  await app.inject('/')
  await app.close()
  return stream.read().toString().trim().split('\n').map((line: string) => JSON.parse(line) as Line)
}

t.test('a warning says that lines of workers are lost, once', async (t) => {
  const lines = await collect(false)
  t.equal(lines.filter(({ level, err }) => level === 40 && err?.code === 'FST_BLOCKING_NO_LOGGER').length, 1)
  t.notOk(lines.some(({ msg }) => msg === 'from the handler'))
})

t.test('with a logger in workers there is none', async (t) => {
  const lines = await collect(true)
  t.notOk(lines.some(({ err }) => err?.code === 'FST_BLOCKING_NO_LOGGER'))
  t.ok(lines.some(({ msg }) => msg === 'from the handler'))
})
