import t from 'tap'
import { readCommandLine } from '../../bench/command-line.js'

const namesOf = (chosen: { name: string }[]) => chosen.map(({ name }) => name)

t.test('--only takes the names of comparisons and tables, separated by commas', async (t) => {
  const { comparisons, cases, isFull } = readCommandLine(['--only', 'round-trip,noop,pools'])
  t.strictSame(namesOf(comparisons), ['noop', 'round-trip'])
  t.strictSame(namesOf(cases), ['pools'])
  t.notOk(isFull)
  t.ok(readCommandLine([]).isFull)
})

t.test('a name that there is not is an error that lists the names', async (t) => {
  t.throws(() => readCommandLine(['--only', 'noop,no-op']), { message: /^no-op cannot be run; these can: noop, noop-port, .*pools/ })
})

t.test('--against refuses comparisons without ours, those with FastAPI and tables, by name', async (t) => {
  const only = 'noop,loop-control,fastapi,pools'
  t.throws(() => readCommandLine(['--against', '.', '--only', only]), { message: /^loop-control, fastapi, pools cannot be run with --against; these can: noop, threads, / })
})

t.test('--against refuses a folder that is no checkout, or is not built', async (t) => {
  t.throws(() => readCommandLine(['--against', t.testdir({ bench: { contestants: {} } })]), { message: /there is no node_modules, dist\/index.js in it/ })
})

t.test('with --against nothing is a full run', async (t) => {
  const { cases, isFull } = readCommandLine(['--against', '.'])
  t.notOk(isFull)
  t.strictSame(cases, [])
})
