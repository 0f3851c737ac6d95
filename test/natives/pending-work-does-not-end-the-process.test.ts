import { cpSync } from 'node:fs'
import t from 'tap'
import { fixturesOf } from '../support/fixtures.js'
import { Project } from '../ways/project.js'

const fixture = fixturesOf(import.meta.url)

/** How often each library is tried. */
const runs = Number(process.env.RUNS ?? 20)

t.test('under a time limit, when a thread is recycled, and when the server closes', async (t) => {
  const project = new Project(t, []).install('bcrypt@6', '@duckdb/node-api@1.5.6-r.1', 'onnxruntime-node@1.30')
  for (const name of ['libraries.js', 'pending.js']) cpSync(fixture(name), project.path(name))
  for (const library of ['bcrypt', 'duckdb', 'onnxruntime']) {
    for (let run = 1; run <= runs; run++) {
      const { code, stdout, stderr } = await project.run(t, ['pending.js'], { env: { LIBRARY: library } }).ended
      t.equal(code, 0, `${library}, run ${run}: ${stderr}`)
      t.match(JSON.parse(stdout), { statuses: [503, 200, 200, 200, 503], killed: 0, recycled: true })
    }
  }
})
