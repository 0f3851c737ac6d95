import { rows, someRows } from '../rows.js'

export { work } from '../work.js'

export const noop = () => ({ hello: 'world' })
export const allRows = () => rows
export const tenthOfRows = () => someRows
