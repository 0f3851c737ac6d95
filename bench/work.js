/** Some ms of a processor: how many depends on it, the steps do not. */
export function spin (ms) {
  let state = 1
  for (let step = 0; step < ms * 200_000; step++) state = (state * 1_103_515_245 + 12_345) & 0x7fffffff
  return { state }
}

/** Some 10 ms of a processor. */
export function work () {
  return spin(10)
}
