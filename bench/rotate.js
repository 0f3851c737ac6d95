/** The indexes of so many sides, each of which is the first in one of as many turns. */
export function rotate (sides, turn) {
  return Array.from({ length: sides }, (_, index) => (index + turn) % sides)
}
