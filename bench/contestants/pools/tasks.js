// What the workers of all pools do here.
export { spin } from '../../work.js'

export const noop = () => ({ hello: 'world' })
