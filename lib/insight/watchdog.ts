import { openSync, readSync } from 'node:fs'
import { Session } from 'node:inspector'
import { parentPort, workerData } from 'node:worker_threads'
import { Cell, type StallOver, type WatchdogData } from './heartbeat.js'

/*
 * The watchdog thread. The main thread beats; where it does not, it is asked for samples of its stack, which
 * it takes from within the code that holds it: a request of an inspector interrupts JavaScript. Between looks
 * this thread sleeps, and its own event loop does not turn.
 */

const { memory, interval, sampleKey }: WatchdogData = workerData
const state = new Int32Array(memory)
const readRunQueue = openRunQueue()
const expression = `globalThis[Symbol.for('${sampleKey}')]?.()`

for (;;) {
  while (Atomics.load(state, Cell.asleep) === 1) Atomics.wait(state, Cell.asleep, 1)
  watch(Atomics.load(state, Cell.beats))
}

/** Looks until the main thread has beaten again. `beat`: the last beat that was seen. */
function watch (beat: number): void {
  let late = look(beat, interval)
  if (hasEnded(beat)) return
  const waited = readRunQueue()
  // Two samples of one request show that its code alone has held the loop between them. There are the more
  // the longer it does: the last one is of the later half of the stall.
  for (let looks = 1, next = 1; ; looks++) {
    if (looks === next && Atomics.load(state, Cell.debugged) === 0) requestSample()
    if (looks === next) next = looks === 1 ? 2 : looks + (looks >> 1) + 1
    late += look(beat, interval / 2)
    if (!hasEnded(beat)) continue
    if (looks > 1) report({ beat, starved: Math.max(late, readRunQueue() - waited) })
    return
  }
}

function hasEnded (beat: number): boolean {
  return Atomics.load(state, Cell.beats) !== beat || Atomics.load(state, Cell.asleep) === 1
}

/** Returns by how many ms the look was late: then the process, or the machine, was stopped. */
function look (beat: number, time: number): number {
  const asked = performance.now()
  Atomics.wait(state, Cell.beats, beat, time)
  return Math.max(0, performance.now() - asked - time - interval)
}

function report (message: StallOver): void {
  parentPort!.postMessage(message)
}

/**
 * The session is closed at once, since a process does not exit while one is open. The main thread receives
 * the request before that.
 */
function requestSample (): void {
  const session = new Session()
  session.connectToMainThread()
  session.post('Runtime.evaluate', { expression, silent: true, returnByValue: true })
  session.disconnect()
}

/** Returns a function that reads for how many ms the main thread has waited for a processor so far. */
function openRunQueue (): () => number {
  let file: number
  try {
    file = openSync(`/proc/self/task/${process.pid}/schedstat`, 'r')
  } catch {
    return () => 0 // only Linux tells; elsewhere late looks show that the machine is too busy
  }
  const text = Buffer.alloc(100)
  return () => {
    // ns on a processor, ns of waiting for one, number of time slices
    const [, waited] = text.toString('latin1', 0, readSync(file, text, 0, text.length, 0)).split(' ')
    return Number(waited) / 1_000_000
  }
}
