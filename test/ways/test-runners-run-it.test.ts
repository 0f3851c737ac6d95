import t, { type Test } from 'tap'
import { Project, versionOf } from './project.js'

const jest = 'node_modules/jest/bin/jest.js'
const vitest = 'node_modules/vitest/vitest.mjs'
// On a busy machine the 5 s that both give a test are soon over.
const patience = '--testTimeout=100000'

/** Since then jest can load ES modules from CommonJS, as Fastify's own `inject` needs it. */
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
const jestRequiresModules = major > 24 || (major === 24 && minor >= 9)

const ways: Record<string, string[]> = {
  'node --test': ['--test', 'node.test.js'],
  'vitest, in processes': [vitest, 'run', patience, '--pool=forks', 'vitest.test.js'],
  'vitest, in threads': [vitest, 'run', patience, '--pool=threads', 'vitest.test.js'],
  'vitest, of TypeScript': [vitest, 'run', patience, 'vitest-typed.test.js'],
  ...(jestRequiresModules
    ? {
        'jest, of a module': ['--experimental-vm-modules', jest, patience, '--testMatch', '**/jest.test.js'],
        'jest, of a CommonJS module': ['--experimental-vm-modules', jest, patience, '--testMatch', '**/jest-commonjs.test.cjs']
      }
    : { 'jest, of a module, over a socket': ['--experimental-vm-modules', jest, patience, '--testMatch', '**/jest-socket.test.js'] })
}

const teapot = JSON.stringify({ statusCode: 418, error: "I'm a Teapot", message: 'no' })
const answers = [
  [200, JSON.stringify({ isWorker: true, body: { a: [1] } })],
  [200, 'ab'],
  [418, teapot],
  [200, JSON.stringify({ isWorker: false })]
]

t.test('an app under test answers by inject and over a socket, and its runner ends by itself', async (t) => {
  const project = new Project(t, ['app.js', 'commonjs.cjs', 'ask.cjs', 'node.test.js', 'vitest.test.js', 'jest.test.js', 'jest-socket.test.js', 'jest-commonjs.test.cjs', 'typed.ts', 'vitest-typed.test.js', 'register-tsx.js'])
  project.install('vitest@4', 'jest@30', `tsx@${versionOf('tsx')}`)
  for (const [name, parameters] of Object.entries(ways)) {
    await t.test(name, async (t) => {
      const { code, stdout, stderr } = await project.run(t, parameters).ended
      t.equal(code, 0, 'it ends well')
      if (code !== 0) t.comment(stdout, stderr)
      const { inject, socket } = takeAnswers(t, project)
      if (!name.includes('over a socket')) t.same(inject, answers)
      t.same(socket, answers)
      t.notMatch(stdout + stderr, /did not exit/)
    })
  }
})

function takeAnswers (t: Test, project: Project): { inject: unknown, socket: unknown } {
  t.teardown(() => project.remove('answers.json'))
  return project.read('answers.json') as { inject: unknown, socket: unknown }
}
