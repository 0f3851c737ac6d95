import t from 'tap'
import { fixturesOf } from '../support/fixtures.js'
import { Project } from './project.js'

const fixture = fixturesOf(import.meta.url)

interface Seen {
  isWorker: boolean
  threadId: number
}

t.test('an app that a worker thread runs has workers of its own, which end with it', async (t) => {
  const project = new Project(t, [])
  const running = project.run(t, [fixture('host.js'), './seen.js'])
  const loop = await running.get('/loop') as Seen
  const blocking = await running.get('/blocking') as Seen
  t.match(loop, { isWorker: false, threadId: 1 })
  t.match(blocking, { isWorker: true, threadId: 2 })
  running.kill('SIGTERM')
  t.same(await running.next(), { exited: 1 })
  t.equal((await running.ended).code, 0, 'nothing keeps the process')
})
