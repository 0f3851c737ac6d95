import { readFileSync } from 'node:fs'
import t, { type Test } from 'tap'
import { findPort } from '../support/free-port.js'
import { filesOf } from './layouts-page.js'
import { Project, type Running, versionOf } from './project.js'

const cli = 'node_modules/fastify-cli/cli.js'

const routes = {
  module: `import { threadId } from 'node:worker_threads'

export const autoConfig = { currency: 'EUR' }

export default async function (fastify, { currency, greeting }) {
  const answer = () => ({ isWorker: fastify.blocking.isWorker, support: fastify.someSupport(), currency, greeting, threadId })
  fastify.get('/blocking', { blocking: true }, answer)
  fastify.get('/loop', async () => answer())
}
`,
  commonjs: `'use strict'

module.exports = async function (fastify, { currency, greeting }) {
  const answer = () => ({ isWorker: fastify.blocking.isWorker, support: fastify.someSupport(), currency, greeting })
  fastify.get('/blocking', { blocking: true }, answer)
  fastify.get('/loop', async () => answer())
}

module.exports.autoConfig = { currency: 'EUR' }
`
}

const answer = { support: 'hugs', currency: 'EUR', greeting: 'hello' }

t.test('a project that fastify-cli has generated', async (t) => {
  const project = new Project(t, []).install('fastify-cli@8', 'fastify-plugin@6',
    `@fastify/autoload@${versionOf('@fastify/autoload')}`, `@fastify/sensible@${versionOf('@fastify/sensible')}`)
  await generate('module', ['--esm'])
  await generate('commonjs', [])
  const generated = { module: readFileSync(project.path('module/app.js'), 'utf8'), commonjs: readFileSync(project.path('commonjs/app.js'), 'utf8') }
  const plugin = { module: filesOf('fastify-cli and autoload'), commonjs: filesOf('plugins/blocking.js in CommonJS') }
  const root = {
    module: filesOf('Registration in app.js')['app.js']!,
    commonjs: generated.commonjs.replace('// Place here your custom code!',
      "await fastify.register(require('fastify-blocking'), { app: { module: __filename, plugin: 'default', options: opts } })")
  }

  for (const [kind, name] of [['module', 'ES modules'], ['commonjs', 'CommonJS']] as const) {
    await t.test(`of ${name}, registers it in plugins/blocking.js`, async (t) => {
      writeIn(kind, { 'routes/report/index.js': routes[kind], ...plugin[kind] })
      const running = await start(t, kind)
      t.match(await running.get('/report/blocking'), { isWorker: true, ...answer })
      t.match(await running.get('/report/loop'), { isWorker: false, ...answer })
      running.kill('SIGTERM')
      t.equal((await running.ended).code, 0)
    })

    await t.test(`of ${name}, has a prefix in workers too`, async (t) => {
      const running = await start(t, kind, '--prefix', '/api')
      // The generated app.js hands the prefix on to both contexts, of app.js and of the folder.
      t.match(await running.get('/api/api/report/blocking'), { isWorker: true, ...answer })
    })

    await t.test(`of ${name}, has its generated tests pass`, async (t) => {
      project.write(`${kind}/test/report.test.js`, kind === 'module'
        ? "import { test } from 'node:test'\nimport { build } from './helper.js'\n" + testOfReport
        : "const { test } = require('node:test')\nconst { build } = require('./helper')\n" + testOfReport)
      const tests = ['test/report.test.js', 'test/routes/root.test.js']
      const { code, stdout } = await project.run(t, ['--test', '--test-reporter=tap', ...tests], { cwd: project.path(kind) }).ended
      t.equal(code, 0, stdout)
    })

    await t.test(`of ${name}, registers it in app.js`, async (t) => {
      project.remove(`${kind}/plugins/blocking.js`)
      project.write(`${kind}/app.js`, root[kind])
      const running = await start(t, kind)
      t.match(await running.get('/report/blocking'), { isWorker: true, ...answer })
      t.match(await running.get('/report/loop'), { isWorker: false, ...answer })
      project.write(`${kind}/app.js`, generated[kind])
    })
  }

  await t.test('a plugin that is not wrapped by fastify-plugin has the boot fail', async (t) => {
    writeIn('module', { 'plugins/blocking.js': plugin.module['plugins/blocking.js']!.replace('fp(', '(') })
    const { code, stdout, stderr } = await (await start(t, 'module')).ended
    t.equal(code, 1)
    t.match(stdout + stderr, /FST_BLOCKING_REGISTERED_ELSEWHERE/)
  })

  await t.test('one route folder', async (t) => {
    const folder = filesOf('One route folder')
    writeIn('module', folder)

    await t.test('has threads of its own beside those of the app', async (t) => {
      writeIn('module', plugin.module)
      const running = await start(t, 'module')
      const app = await running.get('/report/blocking') as { threadId: number }
      const own = await running.get('/reports') as { threadId: number }
      t.match(own, { currency: 'EUR' })
      t.equal(new Set([0, app.threadId, own.threadId]).size, 3, 'three threads')
    })

    project.remove('module/plugins/blocking.js')
    project.remove('module/routes/report')
    await t.test('is refused without the app if a route was there before fastify-blocking was loaded', async (t) => {
      const { code, stderr } = await (await start(t, 'module')).ended
      t.equal(code, 1)
      t.match(stderr, /FST_BLOCKING_LOADED_TOO_LATE/)
    })

    project.write('module/app.js', `import 'fastify-blocking'\n${generated.module}`)
    await t.test('may be the only one', async (t) => {
      const running = await start(t, 'module')
      t.match(await running.get('/reports'), { currency: 'EUR' })
    })

    const alone = folder['routes/reports/index.js']!
      .replace("{ module: new URL('../../app.js', import.meta.url), plugin: 'default', root: true }", "{ module: import.meta.url, plugin: 'default', options }")
    writeIn('module', { 'routes/reports/index.js': alone })
    await t.test('is not built alone if plugins have added what it would lack', async (t) => {
      const { code, stdout, stderr } = await (await start(t, 'module')).ended
      t.equal(code, 1)
      t.match(stdout + stderr, /FST_BLOCKING_OUTER_CONTEXT/)
      t.match(stdout + stderr, /decorator someSupport/)
    })

    project.remove('module/plugins/sensible.js')
    project.remove('module/plugins/support.js')
    await t.test('is built alone, with its autoConfig', async (t) => {
      t.notSame(alone, folder['routes/reports/index.js'])
      const running = await start(t, 'module')
      const { threadId, currency } = await running.get('/reports') as { threadId: number, currency: string }
      t.equal(currency, 'EUR')
      t.not(threadId, 0)
    })
  })

  async function generate (folder: string, parameters: string[]): Promise<void> {
    const { code, stdout, stderr } = await project.run(t, [cli, 'generate', folder, ...parameters]).ended
    t.equal(code, 0, stdout + stderr)
  }

  function writeIn (folder: string, files: Record<string, string>): void {
    for (const [name, content] of Object.entries(files)) project.write(`${folder}/${name}`, content)
  }

  async function start (t: Test, folder: string, ...parameters: string[]): Promise<Running> {
    const port = await findPort() // `--port 0` would be 3000
    return project.run(t, [cli, 'start', '--log-level', 'info', '--plugin-timeout', '100000', '--port', String(port), ...parameters,
      `${folder}/app.js`, '--', '--greeting', 'hello'])
  }
})

const testOfReport = `
test('a report', async (t) => {
  const app = await build(t)
  const response = await app.inject('/report/blocking')
  if (!response.json().isWorker) throw new Error(response.body)
})
`
