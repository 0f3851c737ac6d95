import { rows } from './rows.js'

/** JSON by its size: how many of the objects of rows.js it is, and about how many bytes. */
export const sizes = {
  '1 kB': { count: 8, bytes: 1_000 },
  '100 kB': { count: 730, bytes: 100_000 },
  '1 MB': { count: 7_300, bytes: 1_000_000 },
  '10 MB': { count: 73_000, bytes: 10_000_000 }
}

/** That many objects. */
export function takeRows (count) {
  return Array.from({ length: count }, (_, index) => rows[index % rows.length])
}
