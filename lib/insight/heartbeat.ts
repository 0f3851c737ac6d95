/*
 * The memory that the main thread and the watchdog share, and how they use it. The only home of its layout.
 */

/** Indices of the memory, an Int32Array. */
export const Cell = {
  /** Incremented by the main thread whenever its event loop turns. */
  beats: 0,
  /** 1 while the main thread does not beat, since nothing happens on it. */
  asleep: 1,
  /** 1 while a debugger is attached to the main thread: its pauses are no stalls. */
  debugged: 2
} as const

export const cells = 3

/** How often within the threshold the main thread beats, and the watchdog looks whether it does. */
export const beatsPerThreshold = 2

/** Data of the watchdog thread. */
export interface WatchdogData {
  memory: SharedArrayBuffer
  /** ms between two beats. */
  interval: number
  /** Name of the symbol, a property of the main thread's globalThis, of the function that takes a sample. */
  sampleKey: string
}

/** The watchdog tells that the main thread beats again after two samples. */
export interface StallOver {
  /** The last beat before the stall. */
  beat: number
  /** ms of the stall for which the main thread could run, but had no processor. */
  starved: number
}
