import t from 'tap'
import { caseAsText } from '../../bench/report/text.js'
import { tabulate } from '../../bench/tables.js'

t.test('a table shows the median of the samples and their range', async (t) => {
  const samples = [[[3, 1, 2], [10, 20]], [[12_345], [0.5, 0.25, 0.125]]]
  const table = tabulate('ms', [{ label: 'p50' }, { label: 'p99' }], [{ label: 'ours' }, { label: 'loop' }], (row: number, column: number) => samples[row]![column]!)
  t.match(caseAsText({ name: 'pings', title: 'while busy', means: 'by hand', tables: [table] }), [
    'pings: while busy',
    '  by hand',
    '  ms                        p50                   p99',
    '  ours         2.00 (1.00–3.00)      15.0 (10.0–20.0)',
    '  loop   12,345 (12,345–12,345)   0.250 (0.125–0.500)',
    ''
  ].join('\n'))
})
