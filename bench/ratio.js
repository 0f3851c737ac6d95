/** Ours / rival of a figure, or rival / ours where the figure is turned. */
export function ratioOf ({ of, isTurned = false }, [ours, rival]) {
  return isTurned ? of(rival) / of(ours) : of(ours) / of(rival)
}
