import { move } from 'piscina'
import { sizes, takeRows } from '../../sizes.js'

const rows = new Map(Object.values(sizes).map(({ count }) => [count, takeRows(count)]))
const encoder = new TextEncoder()

export const answer = (count) => rows.get(count)
export const read = (body) => ({ rows: body.length })

export const answerBytes = (count) => move(encoder.encode(JSON.stringify(rows.get(count))))
export const readBytes = (body) => ({ rows: JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString()).length })
