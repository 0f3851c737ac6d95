const offset = Number(process.hrtime.bigint()) / 1e6 - performance.now()

/** ms, of a clock that all threads of the process have in common. */
export function commonNow (): number {
  return performance.now() + offset
}
