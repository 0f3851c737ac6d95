import { readdirSync } from 'node:fs'
import t, { type Test } from 'tap'
import { type Row, type Served, serveRows, type Side } from './served-row.js'
import { readLines, toLine, writeLines } from './table.js'

t.setTimeout(3_600_000)

const names = readdirSync(new URL('apps/', import.meta.url)).filter((name) => name.endsWith('.js')).map((name) => name.slice(0, -'.js'.length))
const rows = await Promise.all(names.map(async (name) => ({ name, ...await import(`./apps/${name}.js`) as Row })))
rows.sort((one, other) => one.plugin.localeCompare(other.plugin, 'en'))
const documented = readLines()
const lines: string[] = []
const counts = { same: 0, refused: 0, 'not run': 0 }

t.test('a blocking handler does with a plugin what it does on the loop, or is told that it cannot', async (t) => {
  const served = serveRows(rows.map(({ name }) => name))
  for (const row of rows) {
    await t.test(row.plugin, async (t) => {
      const { missing, sides } = await served.get(row.name)!
      if (missing !== undefined) {
        counts['not run']++
        lines.push(documented.get(row.plugin) ?? '')
        console.error(`test/plugins: ${row.plugin} was not run: ${missing}`)
        return
      }
      const refused = compare(t, sides)
      counts[refused.length === 0 ? 'same' : 'refused']++
      lines.push(toLine(row, refused))
    })
  }
})

t.test('docs/plugins.md says so', async (t) => {
  if (t.writeSnapshot) writeLines(lines)
  t.same([...readLines().values()], lines, 'it is stale: npm run docs:plugins')
  console.error(`test/plugins: ${Object.entries(counts).map(([what, count]) => `${what}: ${count}`).join(', ')}`)
})

/** Returns the codes of what is refused. */
function compare (t: Test, { loop, worker }: { loop: Side, worker: Side }): string[] {
  const refused = new Set<string>()
  for (const [index, onLoop] of loop.passes.entries()) {
    const blocking = worker.passes[index]!
    t.equal(onLoop.answer.status, onLoop.status, `${onLoop.title}: the loop answers as expected`)
    t.equal(onLoop.counts.handler![1] + (onLoop.isLoops ? 0 : blocking.counts.handler![0]), 0, `${onLoop.title}: handlers run where they should`)
    if (onLoop.refused === undefined) {
      const [here, there] = [comparable(onLoop), comparable(blocking)]
      for (const name of onLoop.differs) {
        t.notSame(there[name], here[name], `${onLoop.title}: ${name} differ, as said`)
        there[name] = here[name] as never
      }
      t.same(there, here, onLoop.title)
    } else {
      refused.add(onLoop.refused)
      t.match(blocking.answer, { status: 500, body: `"code":"${onLoop.refused}"` }, `${onLoop.title}: it is refused`)
    }
  }
  t.same(worker.beside, loop.beside)
  t.ok(worker.passes.some(({ counts, visits }) => counts.handler![1] === 1 && visits === 1), 'a handler has run in a worker')
  return [...refused].sort()
}

/** What must be the same, wherever it has come from. */
function comparable ({ answer, lines, counts }: Served) {
  const all = Object.entries(counts).map(([name, [loop, worker]]) => [name, loop + worker] as const)
  return { answer, lines, counts: Object.fromEntries(all) }
}
