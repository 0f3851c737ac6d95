import { rows } from './rows.js'

const row = JSON.stringify(rows.slice(0, 2_000)).slice(1, -1)

/** Bodies, by name: what autocannon sends. */
export const uploads = {
  /** 20 MB, 146,000 objects. */
  json: () => ({ headers: { 'content-type': 'application/json' }, body: Buffer.from(`[${Array.from({ length: 73 }, () => row).join()}]`) }),
  /** 50 MB. */
  bytes: () => ({ headers: { 'content-type': 'application/octet-stream' }, body: Buffer.alloc(50_000_000, 'body ') })
}
