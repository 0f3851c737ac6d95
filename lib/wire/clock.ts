/**
 * Returns ms of a clock that all threads of the process share; performance.now() begins anew in each thread.
 * An offset to performance.now() would not do: a thread that is suspended while it measures the offset would
 * be off for ever.
 */
export function commonNow (): number {
  const [seconds, nanoseconds] = process.hrtime()
  return seconds * 1_000 + nanoseconds / 1_000_000
}
