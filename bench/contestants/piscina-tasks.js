import { rows } from '../rows.js'

export const noop = () => ({ hello: 'world' })
export const allRows = () => rows
