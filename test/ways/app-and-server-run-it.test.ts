import t from 'tap'
import { get } from '../support/get.js'
import { filesOf, tellPort } from './layouts-page.js'
import { Project, versionOf } from './project.js'

t.test('an app of app.js, which exports build(), and server.js, which listens', async (t) => {
  const project = new Project(t, ['commonjs-main.cjs']).install(`close-with-grace@${versionOf('close-with-grace')}`)
  const files = filesOf('app.js and server.js')
  project.writeAll(files)

  await t.test('workers call build() with the options of the server', async (t) => {
    const running = project.run(t, ['server.js'], { env: { PORT: '0' } })
    t.same(await running.get('/report'), { isWorker: true, currency: 'EUR' })
    t.same(await running.get('/ping'), { isWorker: false, currency: 'EUR' })
    running.kill('SIGTERM')
    const { code, stdout } = await running.ended
    t.equal(code, 0)
    t.match(stdout, /"reqId":"req-1","msg":"the report is made"/)
  })

  await t.test('at SIGTERM, as a container gets it, the process ends by itself although a handler does not return', async (t) => {
    const spin = "  app.get('/spin', { blocking: true }, () => {\n    console.log('{ \"spins\": true }')\n    while (true);\n  })\n"
    project.write('app.js', files['app.js']!.replace('  return app\n', `${spin}  return app\n`))
    const running = project.run(t, ['server.js'], { env: { PORT: '0' } })
    const spinning = get(`http://localhost:${await running.listens()}/spin`)
    while (!('spins' in await running.next()));
    running.kill('SIGTERM')
    t.match(await spinning, { status: 503, body: { code: 'FST_BLOCKING_CLOSING' } })
    t.equal((await running.ended).code, 0)
    project.write('app.js', files['app.js']!)
  })

  await t.test('each test may build an app of its own', async (t) => {
    const { code, stdout } = await project.run(t, ['--test', '--test-reporter=tap', 'app.test.js']).ended
    t.equal(code, 0, stdout)
    t.match(stdout, /^# pass 2$/m)
  })

  await t.test('an option that is no data is refused, and named', async (t) => {
    project.write('stubbed.js', "import { build } from './app.js'\n\nawait build({ database: { query () {} } })\n")
    const { code, stderr } = await project.run(t, ['stubbed.js']).ended
    t.equal(code, 1)
    t.match(stderr, /FST_BLOCKING_INVALID_OPTION/)
    t.match(stderr, /app\.options/)
  })

  await t.test('build() may be in the file that listens if it is the main one', async (t) => {
    const isMain = 'if (process.argv[1] === fileURLToPath(import.meta.url)) {'
    project.write('both.js', `import { fileURLToPath } from 'node:url'\n${files['app.js']}
${isMain}\n  const app = await build({ currency: 'EUR' })\n  await app.listen({ port: 0 })${tellPort}}\n`)
    for (const script of ['both.js', 'commonjs-main.cjs']) {
      const running = project.run(t, [script])
      t.same(await running.get('/report'), { isWorker: true, currency: 'EUR' }, script)
    }
  })
})
