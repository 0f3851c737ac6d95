import { rows } from './rows.js'
import { sizes, takeRows } from './sizes.js'

const row = JSON.stringify(rows.slice(0, 2_000)).slice(1, -1)

const json = { 'content-type': 'application/json' }

/** Bodies, by name. */
export const uploads = {
  /** 20 MB, 146,000 objects. */
  json: () => ({ headers: json, body: Buffer.from(`[${Array.from({ length: 73 }, () => row).join()}]`) }),
  /** 50 MB. */
  bytes: () => ({ headers: { 'content-type': 'application/octet-stream' }, body: Buffer.alloc(50_000_000, 'body ') }),
  /** '1 kB' and so on. */
  ...Object.fromEntries(Object.entries(sizes).map(([size, { count }]) => [size, () => ({ headers: json, body: Buffer.from(JSON.stringify(takeRows(count))) })]))
}
