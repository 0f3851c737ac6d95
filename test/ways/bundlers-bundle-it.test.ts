import t, { type Test } from 'tap'
import { filesOf } from './layouts-page.js'
import { Project, versionOf } from './project.js'

const app = `
import Fastify from 'fastify'
import blocking, { isWorker } from 'fastify-blocking'
import { double } from './double.js'

export async function build () {
  const app = Fastify({ pluginTimeout: 100_000 })
  await app.register(blocking, { app: { module: import.meta.url, factory: 'build' }, pool: { maxThreads: 1 } })
  app.get('/blocking', { blocking: true }, () => ({ isWorker, four: double(2), ending: import.meta.url.slice(-'dist/app.mjs'.length) }))
  return app
}

if (!isWorker) {
  const app = await build()
  await app.listen({ port: 0 })
  console.log(JSON.stringify(app.server.address()))
}
`

const commonjs = `
const Fastify = require('fastify')
const blocking = require('fastify-blocking')

async function main () {
  const app = Fastify({ pluginTimeout: 100_000 })
  await app.register(blocking, { app: __filename, pool: { maxThreads: 1 } })
  app.get('/blocking', { blocking: true }, () => ({ isWorker: blocking.isWorker, ending: __filename.slice(-'dist/app.cjs'.length) }))
  await app.listen({ port: 0 })
  console.log(JSON.stringify(app.server.address()))
}

main()
`

const answer = { isWorker: true, four: 4, ending: 'dist/app.mjs' }

t.test('an app is bundled', async (t) => {
  const project = new Project(t, []).install(`esbuild@${versionOf('esbuild')}`, 'rolldown@1', 'webpack@5', 'webpack-cli@7')
  const files = filesOf('Bundlers')
  const webpack = 'node_modules/webpack-cli/bin/cli.js'
  const bundlers: Record<string, string[]> = {
    esbuild: ['esbuild.js'],
    Rolldown: ['node_modules/rolldown/bin/cli.mjs', '--config', 'rolldown.config.js'],
    webpack: [webpack, '--config', 'webpack.config.cjs']
  }
  project.writeAll(files)

  for (const [name, parameters] of Object.entries(bundlers)) {
    await t.test(`by ${name}`, async (t) => {
      await bundle(t, parameters)
      const running = project.run(t, ['dist/app.mjs'])
      t.same(await running.get('/blocking'), answer)
    })
  }

  await t.test('by webpack, which writes the URL of the source if it may', async (t) => {
    const config = files['webpack.config.cjs']!
    project.write('webpack.config.cjs', config.replace(/,\n {2}module: .*/, ''))
    await bundle(t, bundlers.webpack!)
    const { code, stderr } = await project.run(t, ['dist/app.mjs']).ended
    t.equal(code, 1)
    t.match(stderr, /FST_BLOCKING_APP_NOT_FOUND/)
  })

  await t.test('by esbuild, with Fastify in it', async (t) => {
    const require = "banner: { js: \"import { createRequire } from 'node:module'; const require = createRequire(import.meta.url)\" }"
    project.write('esbuild.js', files['esbuild.js']!.replace("packages: 'external'", `external: ['fastify-blocking', 'piscina'],\n  ${require}`))
    await bundle(t, bundlers.esbuild!)
    const running = project.run(t, ['dist/app.mjs'])
    t.same(await running.get('/blocking'), answer)
  })

  await t.test('by webpack, in CommonJS', async (t) => {
    project.write('commonjs.config.cjs', `module.exports = {
      target: 'node', mode: 'production', entry: './src/main.cjs', output: { path: __dirname + '/dist', filename: 'app.cjs' },
      externalsType: 'commonjs', externals: ['fastify-blocking', 'piscina']
    }`)
    await bundle(t, [webpack, '--config', 'commonjs.config.cjs'])
    const running = project.run(t, ['dist/app.cjs'])
    t.same(await running.get('/blocking'), { isWorker: true, ending: 'dist/app.cjs' })
  })

  /** What runs is the bundle alone: its sources are not there any more. */
  async function bundle (t: Test, parameters: string[]): Promise<void> {
    project.remove('dist')
    project.write('src/app.js', app)
    project.write('src/main.cjs', commonjs)
    project.write('src/double.js', 'export const double = (n) => 2 * n\n')
    const { code, stdout, stderr } = await project.run(t, parameters).ended
    t.equal(code, 0, stdout + stderr)
    project.remove('src')
  }
})
