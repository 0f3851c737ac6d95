import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import t, { type Test } from 'tap'
import { findPort } from '../support/free-port.js'
import { until } from '../support/until.js'
import { filesOf, tellPort } from './layouts-page.js'
import { Project, type Running, versionOf } from './project.js'

const pm2 = 'node_modules/pm2/bin/pm2'

/** closeWithGrace() ends a process by code 0 if its app has closed. */
const tellClosed = `
process.once('exit', (code) => { console.log(JSON.stringify({ closed: code === 0, pid: process.pid })) })
`

interface Answer { isWorker: boolean, pid: number }

t.test('in several processes each has threads of its own', async (t) => {
  const project = new Project(t, []).install('pm2@6', `close-with-grace@${versionOf('close-with-grace')}`)
  const { 'app.js': app, 'server.js': server } = filesOf('app.js and server.js')
  const tellPid = app!.replace('currency: options.currency', 'pid: process.pid')

  await t.test('a primary process that forks another file', async (t) => {
    project.writeAll({ 'app.js': tellPid, 'server.js': server! + tellClosed, ...filesOf('Cluster') })
    await askBoth(t, project.run(t, ['cluster.js'], { env: { PORT: '0' } }))
  })

  await t.test('one file that forks itself', async (t) => {
    const { 'app.js': both } = filesOf('Cluster in one file')
    project.write('both.js', both!.replace(/}\n$/, `${tellPort}${tellClosed}}\n`))
    await askBoth(t, project.run(t, ['both.js'], { env: { PORT: '0' } }))
  })

  await t.test('PM2', async (t) => {
    const { 'server.js': server, ...files } = filesOf('PM2')
    const port = String(await findPort())
    const settings = { env: { PM2_HOME: project.path('pm2'), PORT: port } }
    const manage = async (...parameters: string[]): Promise<void> => {
      const { code, stdout, stderr } = await project.run(t, [pm2, ...parameters], settings).ended
      t.equal(code, 0, `pm2 ${parameters.join(' ')}`)
      if (code !== 0) t.comment(stdout, stderr)
    }
    // Its daemon outlives the commands.
    t.teardown(() => { execFileSync('env', ['-u', 'NODE_OPTIONS', `PM2_HOME=${project.path('pm2')}`, process.execPath, project.path(pm2), 'kill']) })

    await t.test('in cluster mode, which reloads it', async (t) => {
      project.writeAll({ 'app.js': tellPid, 'server.js': server! + tellClosed, ...files })
      await manage('start', 'ecosystem.config.cjs')
      const before = await pidsOf(t, port)
      await manage('reload', 'app')
      const after = await pidsOf(t, port)
      t.equal(new Set([...before, ...after]).size, 4, 'all processes are others')
      await manage('delete', 'app')
      await until('all apps have closed', () => readLogs(project).match(/"closed":true/g)?.length === 4)
    })

    await t.test('in fork mode', async (t) => {
      project.write('fork.config.cjs', files['ecosystem.config.cjs']!.replace("'cluster', instances: 2", "'fork'"))
      await manage('start', 'fork.config.cjs')
      const response = await fetch(`http://localhost:${port}/report`)
      t.match(await response.json(), { isWorker: true })
      await manage('delete', 'app')
    })
  })
})

async function askBoth (t: Test, running: Running): Promise<void> {
  const port = String(await running.listens())
  await running.listens()
  await pidsOf(t, port)
  running.kill('SIGTERM')
  const { code, stdout } = await running.ended
  t.equal(code, 0)
  t.equal(stdout.match(/"closed":true/g)?.length, 2, 'both processes have closed their apps')
}

/** The processes are asked in turn. */
async function pidsOf (t: Test, port: string): Promise<Set<number>> {
  const pids = new Set<number>()
  for (let i = 0; i < 100 && pids.size < 2; i++) {
    const response = await fetch(`http://localhost:${port}/report`, { headers: { connection: 'close' } })
    const { isWorker, pid } = await response.json() as Answer
    if (!isWorker) t.fail('it ran on the loop')
    pids.add(pid)
  }
  t.equal(pids.size, 2, 'both processes have answered, each by a thread')
  return pids
}

function readLogs (project: Project): string {
  const folder = project.path('pm2/logs')
  return readdirSync(folder).map((name) => readFileSync(`${folder}/${name}`, 'utf8')).join('')
}
