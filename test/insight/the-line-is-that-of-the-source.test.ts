import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { transformSync } from 'esbuild'
import t, { type Test } from 'tap'
import { runToEnd } from '../support/app-process.js'
import { fixturesOf } from '../support/fixtures.js'

const script = fixturesOf(import.meta.url)('find-place.js')

const source = `interface Options {
  count: number
}

export function callBack (callback: (options: Options) => void): void {
  callback({ count: 1 })
}
`

type Kind = 'inline' | 'external' | 'none'

function compile (t: Test, kind: Kind): { source: string, compiled: string } {
  const folder = t.testdir({ source: { 'callback.ts': source } })
  const { code, map } = transformSync(source, {
    loader: 'ts', sourcemap: kind === 'none' ? false : kind, sourcefile: '../source/callback.ts', minifyWhitespace: true
  })
  mkdirSync(join(folder, 'compiled'))
  const compiled = join(folder, 'compiled/callback.mjs')
  writeFileSync(compiled, kind === 'external' ? `${code}//# sourceMappingURL=callback.mjs.map\n` : code)
  if (kind === 'external') writeFileSync(`${compiled}.map`, map)
  return { source: join(folder, 'source/callback.ts'), compiled }
}

async function findPlace (t: Test, parameters: string[]): Promise<object> {
  const { code, stdout, stderr } = await runToEnd(t, parameters)
  t.equal(code, 0, stderr)
  return JSON.parse(stdout) as object
}

for (const kind of ['inline', 'external'] as const) {
  for (const flags of [[], ['--enable-source-maps']]) {
    t.test(`with an ${kind} source map and ${flags.length === 0 ? 'no flag' : flags.join(' ')} the line is that of the source`, async (t) => {
      const { source, compiled } = compile(t, kind)
      const { file, ...place } = await findPlace(t, [...flags, script, compiled]) as { file: string }
      t.same(place, { function: 'callBack', line: 6, isOfApp: true, isSerialization: false })
      t.ok(source.endsWith(file), file)
    })
  }
}

t.test('without one it is that of the file that runs', async (t) => {
  const { compiled } = compile(t, 'none')
  const { file, ...place } = await findPlace(t, [script, compiled]) as { file: string }
  t.same(place, { function: 'callBack', line: 1, isOfApp: true, isSerialization: false })
  t.ok(compiled.endsWith(file), file)
})

t.test('with a map that is not there it is too', async (t) => {
  const { compiled } = compile(t, 'none')
  writeFileSync(compiled, 'export function callBack (callback) { callback({ count: 1 }) }\n//# sourceMappingURL=missing.map\n')
  t.match(await findPlace(t, [script, compiled]), { line: 1 })
})
