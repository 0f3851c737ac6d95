import t from 'tap'
import { findPort } from '../support/free-port.js'
import { get } from '../support/get.js'
import { until } from '../support/until.js'
import { Project } from './project.js'

const cli = 'node_modules/fastify-cli/cli.js' // its `--port 0` would be 3000

interface Answer { isWorker: boolean, version: number, pid: number, greeting?: string }

t.test('fastify-cli', async (t) => {
  const project = new Project(t, ['cli-app.js', 'version.js']).install('fastify-cli@8')

  await t.test('`fastify start` gives the plugin options and a prefix, in workers too, and closes them at SIGTERM', async (t) => {
    const port = await findPort()
    const running = project.run(t, [cli, 'start', '--plugin-timeout', '60000', '--port', String(port), '--prefix', '/api', 'cli-app.js', '--', '--greeting', 'hello'])
    const { pid } = running
    t.same(await running.get('/api/blocking'), { isWorker: true, version: 1, pid, greeting: 'hello' })
    t.same(await running.get('/api/loop'), { isWorker: false, version: 1, pid, greeting: 'hello' })
    running.kill('SIGTERM')
    const { code, stdout } = await running.ended
    t.equal(code, 0)
    t.match(stdout, /"closed":"loop"/)
    t.match(stdout, /"closed":"worker"/)
  })

  await t.test('`fastify start` at SIGTERM under load: what runs is finished, what waits is refused, and the exit code is 0', async (t) => {
    // By default it grants half a second.
    const running = project.run(t, [cli, 'start', '--plugin-timeout', '60000', '--close-grace-delay', '60000', '--port', String(await findPort()), 'cli-app.js'])
    const url = `http://localhost:${await running.listens()}/work/done`
    const requests = Array.from({ length: 20 }, () => get(url))
    t.same(await running.next(), { works: true })
    while (await running.get('/queue') !== 19);
    running.kill('SIGTERM')
    t.same(await running.next(), { closing: true })
    project.write('done', '')
    const answers = await Promise.all(requests)
    const { code, stdout } = await running.ended
    t.equal(code, 0)
    t.match(stdout, /"closed":"loop"/)
    t.match(stdout, /"closed":"worker"/)
    t.same(answers.filter(({ status }) => status === 200).map(({ body }) => body), [{ worked: true }], 'whoever ran has its answer')
    const refused = answers.filter(({ status }) => status === 503)
    t.equal(refused.length, 19, 'others were refused')
    for (const { body } of refused) t.match(body, { code: 'FST_BLOCKING_CLOSING' })
  })

  await t.test('`fastify start --watch` has new workers when a file has changed, and nothing of the old ones', async (t) => {
    const port = await findPort()
    const running = project.run(t, [cli, 'start', '--plugin-timeout', '60000', '--watch', '--port', String(port), 'cli-app.js'])
    const pids = new Set<number>()
    t.teardown(() => { for (const pid of pids) if (isThere(pid)) process.kill(pid, 'SIGKILL') })
    const before = await ask('/blocking')
    t.match(before, { isWorker: true, version: 1 })

    project.write('version.js', 'export const version = 2\n')
    await running.listens()
    const after = await ask('/blocking')
    t.match(after, { isWorker: true, version: 2 })
    t.match(await ask('/loop'), { isWorker: false, version: 2, pid: after.pid })
    t.not(after.pid, before.pid)
    await untilGone(before.pid)

    const spinning = fetch(`http://localhost:${port}/spin`).catch(() => {})
    await running.next()
    project.write('version.js', 'export const version = 3\n')
    await running.listens()
    const last = await ask('/blocking')
    t.match(last, { isWorker: true, version: 3 }, 'also if a handler does not return')
    await untilGone(after.pid)
    await spinning

    // The watcher does not end what it has started; a terminal tells both.
    running.kill('SIGTERM')
    process.kill(last.pid, 'SIGTERM')
    await running.ended
    await untilGone(last.pid)

    async function ask (path: string): Promise<Answer> {
      const answer = await running.get(path) as Answer
      pids.add(answer.pid)
      return answer
    }
  })
})

/** A process has its threads and its port for as long as it is there. */
async function untilGone (pid: number): Promise<void> {
  await until(`process ${pid} is gone`, () => !isThere(pid))
}

function isThere (pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
