import { readFile } from 'node:fs/promises'
import t from 'tap'
import * as rule from '../../bench/blocks/answer.js'
import { readLibraries, versions } from '../../bench/blocks/catalogue.js'
import { atOnce, moments, rounds } from '../../bench/blocks/figures.js'
import { fillPage } from '../../bench/blocks/page.js'
import { readResults } from '../../bench/blocks/results.js'

interface Row { library: string, name: string, version?: string }
interface LeftOut { library: string, name?: string, reason: string }

const page = await readFile(new URL('../../docs/does-it-block.md', import.meta.url), 'utf8')
const libraries = await readLibraries()
const results = readResults() as { rows: Row[], leftOut: LeftOut[] }

t.test('the table of docs/does-it-block.md is what bench/blocks/results.json says', async (t) => {
  t.equal(fillPage(page, results, libraries), page, 'npm run docs:blocks makes it')
})

t.test('each case of a library was measured or is left out with a reason, and nothing else is there', async (t) => {
  const measured = results.rows.map(({ library, name }) => `${library} ${name}`)
  const leftOut = results.leftOut.flatMap(({ library, name, reason }) => {
    t.ok(reason, `${library} is left out for a reason`)
    const names = name === undefined ? Object.keys(libraries.find((one) => one.name === library)?.cases ?? {}) : [name]
    return names.map((name) => `${library} ${name}`)
  })
  const cases = libraries.flatMap(({ name: library, cases }) => Object.keys(cases).map((name) => `${library} ${name}`))
  t.strictSame([...measured, ...leftOut].sort(), cases.sort())
})

t.test('versions measured are those that would be installed, each of a package that a library wants', async (t) => {
  for (const { library, version } of results.rows) {
    const [first] = libraries.find(({ name }) => name === library)!.packages
    t.equal(version, first === undefined ? undefined : versions[first], library)
  }
  t.strictSame([...new Set(libraries.flatMap(({ packages }) => packages))].sort(), Object.keys(versions).sort())
  for (const [name, version] of Object.entries(versions)) t.match(version, /^\d+\.\d+\.\d+/, `${name} is pinned`)
})

t.test('the page states the rule as it is', async (t) => {
  const text = page.replaceAll(/\s+/g, ' ')
  for (const stated of [
    `held the loop for less than ${100 * rule.share} % of its time`,
    `never for ${rule.atOnce} ms at once`,
    `computed for more than ${100 * rule.beside} % of the time`,
    `took more than ${rule.slower} times as long`,
    `medians of ${rounds}`
  ]) t.ok(text.includes(stated), stated)
  t.strictSame([atOnce, moments.length], [4, 6], 'four at once, and six moments')
})

t.test('the answer follows from the figures', async (t) => {
  const row = { loop: { wall: 100, held: 100, longest: 100, beside: 0, together: 400 }, worker: { together: 200 }, kill: { gone: 1 } }
  t.equal(rule.answerOf(row), 'mark it')
  t.equal(rule.answerOf({ ...row, loop: { ...row.loop, held: 49 } }), 'leave it')
  t.equal(rule.answerOf({ ...row, loop: { ...row.loop, longest: 9 } }), 'leave it', 'in short pieces')
  t.equal(rule.answerOf({ ...row, kill: { fault: 'the process ended by SIGABRT' } }), 'mark it with care')
  const crowded = { ...row, worker: { together: 501 } }
  t.equal(rule.answerOf(crowded), 'mark it', 'no threads of its own')
  t.equal(rule.answerOf({ ...crowded, loop: { ...row.loop, beside: 51 } }), 'mark it', 'those of V8')
  t.equal(rule.answerOf({ ...crowded, loop: { ...row.loop, beside: 101 } }), 'mark it with care')
})
