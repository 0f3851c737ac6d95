/** From this share of its time on, in which it holds the loop, a call is to be marked. */
export const share = 0.5
/** And from so many ms on, for which it holds the loop at once: in shorter pieces the loop answers others between them. */
export const atOnce = 10
/** From this share of its time on, for which other threads compute on average, a library has threads of its own. */
export const beside = 0.5
/** From this ratio on, four at once in worker threads to four at once on the loop, those get in each other's way. */
export const slower = 1.25

export const answers = ['mark it', 'mark it with care', 'leave it']

/** The rule that docs/does-it-block.md states. */
export function answerOf ({ loop, worker, kill }) {
  if (loop.held < share * loop.wall || loop.longest < atOnce) return 'leave it'
  return kill.fault !== undefined || isCrowded({ loop, worker }) ? 'mark it with care' : 'mark it'
}

export function hasThreads ({ loop }) {
  // V8's threads compute beside the loop while that computes, and never for longer.
  return loop.beside > beside * loop.wall && loop.beside > loop.held
}

export function isCrowded ({ loop, worker }) {
  return hasThreads({ loop }) && worker.together > slower * loop.together
}
