import t from 'tap'
import { Project, versionOf } from './project.js'

const project = new Project(t, ['ts-node.ts'])
project.write('package.json', '{ "private": true }\n')
project.write('tsconfig.json', JSON.stringify({
  compilerOptions: { module: 'node16', moduleResolution: 'node16', target: 'es2022', strict: true, esModuleInterop: true, skipLibCheck: true }
}))
project.install('ts-node@10', `typescript@${versionOf('typescript')}`, `@types/node@${versionOf('@types/node')}`)

const command = 'node_modules/ts-node/dist/bin.js'
const ways: Record<string, { parameters: string[], env?: Record<string, string> }> = {
  'node -r ts-node/register': { parameters: ['-r', 'ts-node/register', 'ts-node.ts'] },
  'node -r ts-node/register by NODE_OPTIONS': { parameters: ['ts-node.ts'], env: { NODE_OPTIONS: '-r ts-node/register' } },
  'the command ts-node, with pool.execArgv': { parameters: [command, 'ts-node.ts'], env: { POOL: '{"execArgv":["-r","ts-node/register"]}' } }
}

for (const [name, { parameters, env = {} }] of Object.entries(ways)) {
  t.test(`${name} runs an app, and its workers`, async (t) => {
    const running = project.run(t, parameters, { env })
    t.same(await running.get('/blocking'), { isWorker: true, colour: 'red' })
    t.same(await running.get('/loop'), { isWorker: false, colour: 'red' })
    running.kill('SIGTERM')
    await running.ended
  })
}

t.test('the command ts-node alone compiles nothing in workers, and the error names the way that does', async (t) => {
  const running = project.run(t, [command, 'ts-node.ts'])
  t.match(await running.next(), { code: 'FST_BLOCKING_NO_COMPILER', message: 'node -r ts-node/register' })
  t.match(await running.ended, { code: 1 })
})
