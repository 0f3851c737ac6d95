import t from 'tap'
import { Project, versionOf } from './project.js'

t.test("in Yarn's Plug'n'Play, which has no node_modules, workers find the packages", async (t) => {
  const tools = new Project(t, []).install('@yarnpkg/cli-dist@4')
  const yarn = tools.path('node_modules/@yarnpkg/cli-dist/bin/yarn.js')
  const project = new Project(t, ['pnpm-app.js'])
  const names = ['fastify', '@fastify/cookie', '@fastify/request-context']
  const dependencies = { 'fastify-blocking': `file:${project.pack()}`, ...Object.fromEntries(names.map((name) => [name, versionOf(name)])) }
  project.write('package.json', JSON.stringify({ private: true, type: 'module', dependencies }))
  project.write('yarn.lock', '') // without it Yarn looks for a project around this one
  const env = { YARN_NODE_LINKER: 'pnp', YARN_ENABLE_GLOBAL_CACHE: 'false', YARN_ENABLE_TELEMETRY: '0', YARN_ENABLE_IMMUTABLE_INSTALLS: 'false' }
  const { code, stdout } = await project.run(t, [yarn, 'install'], { env }).ended
  t.equal(code, 0, stdout)

  const running = project.run(t, [yarn, 'node', 'pnpm-app.js'], { env })
  // Yarn hands this on to the process with the app; with SIGKILL, which is the end of others here, it could not.
  t.teardown(async () => {
    running.kill('SIGTERM')
    await running.ended
  })
  t.same(await running.get('/blocking'), { isWorker: true, from: 'loop' })
  t.match(await running.next(), { cookie: /^set=by%20the%20worker;/ }, 'its hook has set the cookie in the worker')
})
