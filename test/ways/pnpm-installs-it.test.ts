import t from 'tap'
import { Project, versionOf } from './project.js'

t.test("in pnpm's layout plugins are found and recognised", async (t) => {
  const tools = new Project(t, []).install('pnpm@10')
  const project = new Project(t, ['pnpm-app.js'])
  const names = ['fastify', '@fastify/cookie', '@fastify/request-context']
  const dependencies = { 'fastify-blocking': `file:${project.pack()}`, ...Object.fromEntries(names.map((name) => [name, versionOf(name)])) }
  project.write('package.json', JSON.stringify({ private: true, type: 'module', dependencies }))
  const { code, stdout, stderr } = await project.run(t, [tools.path('node_modules/pnpm/bin/pnpm.cjs'), 'install', '--prefer-offline', '--store-dir', tools.path('store')]).ended
  t.equal(code, 0, `${stdout}${stderr}`)

  const running = project.run(t, ['pnpm-app.js'])
  t.same(await running.get('/blocking'), { isWorker: true, from: 'loop' })
  t.match(await running.next(), { cookie: /^set=by%20the%20worker;/ }, 'its hook has set the cookie in the worker')
})
