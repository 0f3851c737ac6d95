import { readFile } from 'node:fs/promises'
import t from 'tap'
import * as errors from '../lib/errors.js'

t.test('the table of errors in the README is that of lib/errors.ts, with the same status', async (t) => {
  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8')
  const rows = [...readme.matchAll(/^\| (`FST_BLOCKING_.*?) \| (.*?) \|/gm)]
  const documented = rows.flatMap(([, codes, status]) => [...codes!.matchAll(/FST_BLOCKING_\w+/g)].map(([code]) => [code, status!] as const))
  const known = Object.values(errors).map((Type) => {
    const { code, statusCode } = Reflect.construct(Type, []) as { code: string, statusCode?: number }
    return [code, statusCode] as const
  })

  t.same(documented.map(([code]) => code).sort(), known.map(([code]) => code).sort())
  const statusOf = new Map(known)
  for (const [code, status] of documented) {
    // Nobody is answered with an error at boot, with a warning, nor with the reason of a signal.
    if (/^\d+$/.test(status)) t.equal(Number(status), statusOf.get(code), `${code} is answered ${status}`)
    else t.ok(['boot', 'signal', 'warning'].includes(status), `${code}: ${status}`)
  }
})
