import { readFile } from 'node:fs/promises'
import t from 'tap'
import * as errors from '../lib/errors.js'

interface Documented { code: string, kind: string, status: number | undefined, text: string }

const page = await readFile(new URL('../docs/errors.md', import.meta.url), 'utf8')
/** Each code has a heading of its own, which is its anchor, and a first line with its kind: a status, or when it comes. */
const documented: Documented[] = page.split(/^### /m).slice(1).map((section) => {
  const [code, , ...lines] = section.split('\n')
  const text = lines.join('\n')
  const [, kind, status] = /^\*\*(\w+)\*\*(?:, (\d+))?[,.]/.exec(text) ?? []
  if (kind === undefined) throw new Error(`docs/errors.md: ${code} does not begin with its kind`)
  return { code: code!, kind, status: /^\d+$/.test(kind) ? Number(kind) : status === undefined ? undefined : Number(status), text }
})
const known = new Map(Object.values(errors).map((Type) => {
  const { code, statusCode } = Reflect.construct(Type, []) as { code: string, statusCode?: number }
  return [code, statusCode] as const
}))

t.test('docs/errors.md has each code of lib/errors.ts once, and no other one', async (t) => {
  t.same(documented.map(({ code }) => code).sort(), [...known.keys()].sort())
})

t.test('docs/errors.md tells of each code the status of lib/errors.ts, or when it comes without one', async (t) => {
  for (const { code, kind, status } of documented) {
    // Nobody is answered with a warning or the reason of a signal, nor with most errors of boot.
    if (status === undefined) t.ok(['boot', 'signal', 'warning'].includes(kind), `${code}: ${kind}`)
    else t.equal(status, known.get(code), `${code} is answered ${status}`)
  }
})

t.test('docs/errors.md tells of each code what to do', async (t) => {
  for (const { code, text } of documented) t.match(text, /^\*To do\*: \S/m, code)
})
