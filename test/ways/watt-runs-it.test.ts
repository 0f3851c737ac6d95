import t from 'tap'
import { Project } from './project.js'

/** Watt 3 runs on later ones only. */
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
const isRun = major > 22 || (major === 22 && minor >= 19)

interface Line { msg?: string, isWorker?: boolean }

t.test('Platformatic Watt runs an app in a worker thread, which has workers of its own', { skip: !isRun && 'Watt needs Node 22.19' }, async (t) => {
  const project = new Project(t, ['watt-app.js']).install('wattpm@3', '@platformatic/node@3')
  project.write('package.json', '{ "name": "watt-app", "type": "module", "main": "watt-app.js" }')
  project.write('watt.json', JSON.stringify({
    $schema: 'https://schemas.platformatic.dev/@platformatic/node/3.0.0.json',
    runtime: { server: { hostname: '127.0.0.1', port: 0 }, logger: { level: 'info' } }
  }))
  const running = project.run(t, ['node_modules/wattpm/bin/cli.js', 'start'])
  const url = await listens()
  const loop = await get('/loop')
  const blocking = await get('/blocking')
  t.match(loop, { isWorker: false, hasWatt: true })
  t.match(blocking, { isWorker: true, hasWatt: false }, 'what Watt gives its threads, theirs do not have')
  t.equal(new Set([0, loop.threadId, blocking.threadId]).size, 3, 'three threads')
  t.match(await lineOf('answers', true), { isWorker: true }, "its lines are in Watt's log")
  running.kill('SIGTERM')
  const { code, stdout, stderr } = await running.ended
  t.equal(code, 0, stderr)
  t.match(stdout, 'closed on the loop')
  t.match(stdout, 'closed in the worker')

  async function listens (): Promise<string> {
    while (true) {
      const { msg = '' } = await running.next() as Line
      const [, url] = /^Platformatic is now listening at (\S+)$/.exec(msg) ?? []
      if (url !== undefined) return url
    }
  }
  async function lineOf (msg: string, isWorker: boolean): Promise<Line> {
    while (true) {
      const line = await running.next() as Line
      if (line.msg === msg && line.isWorker === isWorker) return line
    }
  }
  async function get (path: string): Promise<{ isWorker: boolean, threadId: number, hasWatt: boolean }> {
    const response = await fetch(`${url}${path}`)
    return await response.json() as { isWorker: boolean, threadId: number, hasWatt: boolean }
  }
})
