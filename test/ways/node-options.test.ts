import { pathToFileURL } from 'node:url'
import t from 'tap'
import { fixturesOf } from '../support/fixtures.js'
import { Project } from './project.js'

interface Seen {
  isWorker: boolean
  preloaded?: number
  hasGc: boolean
  /** MB */
  heapLimit: number
}

const fixture = fixturesOf(import.meta.url)
const app = fixture('seen.js')
const preload = pathToFileURL(fixture('preload.js')).href
const project = new Project(t, [])

const ways: Record<string, { NODE_OPTIONS?: string, options: string[] }> = {
  'by NODE_OPTIONS': { NODE_OPTIONS: `--import ${preload} --expose-gc --no-warnings`, options: [] },
  'on the command line': { options: ['--import', preload, '--expose-gc', '--no-warnings'] }
}

for (const [name, { options, ...env }] of Object.entries(ways)) {
  t.test(`a worker has the options of the process that are given ${name}, and loads what they import once`, async (t) => {
    const running = project.run(t, [...options, app], { env })
    const same = { preloaded: 1, hasGc: true }
    t.match(await running.get('/blocking'), { isWorker: true, ...same })
    t.match(await running.get('/loop'), { isWorker: false, ...same })
  })
}

t.test('pool.resourceLimits counts for workers', async (t) => {
  const running = project.run(t, [app])
  const { isWorker, heapLimit } = await running.get('/blocking') as Seen
  t.equal(isWorker, true)
  t.ok(heapLimit < 512, `${heapLimit} MB`)
})

t.test('where the process has --max-old-space-size that is the limit of each worker, and not pool.resourceLimits', async (t) => {
  const running = project.run(t, [app], { env: { NODE_OPTIONS: '--max-old-space-size=1024' } })
  const { isWorker, heapLimit } = await running.get('/blocking') as Seen
  t.equal(isWorker, true)
  t.ok(heapLimit >= 1024, `${heapLimit} MB`)
})

t.test("under Node's permission model a boot fails that may not start threads, and says so", async (t) => {
  const permission = process.version.startsWith('v20.') ? '--experimental-permission' : '--permission'
  const { code, stderr } = await project.run(t, [permission, '--allow-fs-read=*', app]).ended
  t.equal(code, 1)
  t.match(stderr, /FST_BLOCKING_BOOT_FAILED/)
  t.match(stderr, /ERR_ACCESS_DENIED/)
  t.match(stderr, /WorkerThreads/)
  // Since Node 25 listening must be allowed too.
  const network = process.allowedNodeEnvironmentFlags.has('--allow-net') ? ['--allow-net'] : []
  const allowed = project.run(t, [permission, '--allow-fs-read=*', '--allow-worker', ...network, app])
  t.match(await allowed.get('/blocking'), { isWorker: true })
})
