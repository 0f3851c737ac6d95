/** Some 10 ms of a processor. */
export function work () {
  let state = 1
  for (let step = 0; step < 2_000_000; step++) state = (state * 1_103_515_245 + 12_345) & 0x7fffffff
  return { state }
}
