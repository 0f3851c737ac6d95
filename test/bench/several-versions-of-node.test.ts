import { fork } from 'node:child_process'
import t from 'tap'
import { readCommandLine } from '../../bench/command-line.js'
import { headlineOf } from '../../bench/node-versions.js'
import { answer } from '../../bench/processes.js'
import { ratiosByVersionAsText } from '../../bench/report/text.js'

t.test('--node takes versions, and hands on the other arguments', async (t) => {
  const { versions, args, isFull } = readCommandLine(['--node', '20,22.1,24.11.0', '--rounds', '1', '--only', 'noop,pools'])
  t.strictSame(versions, ['20', '22.1', '24.11.0'])
  t.notOk(isFull)
  const { comparisons, cases, rounds, versions: none } = readCommandLine(args)
  t.strictSame([...comparisons, ...cases].map(({ name }) => name), ['noop', 'pools'])
  t.equal(rounds, 1)
  t.equal(none, undefined)
  t.ok(readCommandLine(['--node', '24']).isFull)
})

t.test('what is no version is refused', async (t) => {
  for (const node of ['lts', '20,', '', '24;ls']) t.throws(() => readCommandLine(['--node', node]), { message: `--node ${node}: versions of Node are expected` })
})

t.test('the headline is of the newest version with long-term support', async (t) => {
  const run = (version: string, isLts: boolean) => ({ about: { node: { version, isLts } } })
  const [node9, node24, node26, node27] = [run('9.1.0', true), run('24.11.0', true), run('26.1.0', false), run('27.0.0', false)]
  t.equal(headlineOf([node9, node26, node24]), node24)
  t.equal(headlineOf([node26, node27]), node27)
})

t.test('a process of one version sends its outcome, which says what it ran on', async (t) => {
  const child = fork(new URL('../../bench/run-version.js', import.meta.url), ['--only', 'round-trip', '--rounds', '1'], { silent: true, execArgv: [] })
  const run = await answer(child)
  child.disconnect()
  t.match(run, { about: { node: { version: process.versions.node } }, comparisons: [{ name: 'round-trip', figure: { unit: 'calls/s' } }], cases: [] })
  t.match(ratiosByVersionAsText([run, { ...run, about: { node: { version: '99.0.0' } }, comparisons: [] }]), new RegExp(
    `Node ${process.versions.node} +Node 99.0.0\n +round-trip +[\\d.]+ \\(.*\\), at least [\\d.]+: (met|MISSED) +–\n`))
})
