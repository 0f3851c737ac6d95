import { median } from './median.js'
import { answer, ask, withProcesses } from './processes.js'

const warmUp = 5

/**
 * Has ours and the rival asked by turns of less than a second, both alive at the same time: whatever slows the machine
 * down for longer than that falls on both. A round's ratio is the median of its pairs of slices, and the result the
 * median of the rounds.
 */
export async function takeSlices (comparison, { rounds = comparison.rounds }) {
  const { requests, pairs } = comparison
  const { by, takePairs } = wayOf(comparison)
  const results = []
  // Processes are new in each round.
  for (let round = 0; round < rounds; round++) {
    const rates = await withProcesses((start) => takePairs(start, { ...comparison, pairs: warmUp + pairs }, round))
    results.push(rates.slice(warmUp))
  }
  const ratios = results.map((rates) => median(rates.map(([ours, rival]) => ours / rival)))
  const [ours, rival] = [0, 1].map((side) => ({ figure: median(results.flat().map((rates) => rates[side])) }))
  return {
    means: `${by}, ${rounds} rounds of ${pairs} pairs of ${requests} requests each after ${warmUp} pairs of warm-up`,
    ours,
    rival,
    ratio: median(ratios),
    spread: [Math.min(...ratios), Math.max(...ratios)]
  }
}

function wayOf ({ inProcess, rival }) {
  if (inProcess === undefined) return { by: 'raw sockets', takePairs: askServers }
  return rival === undefined ? { by: 'one process for both', takePairs: callBoth } : { by: 'a process for each', takePairs: callEach }
}

/** Requests per second, [ours, rival] for each pair. Who starts first alternates. */
async function askServers (start, { ours, rival, path, connections, requests, pairs }, round) {
  const urls = []
  for (const side of orderOf(round)) urls[side] = await answer(start('serve.js', [ours, rival][side])) + path
  return ask(start('load-slices.js'), { urls, connections, requests, pairs })
}

/** Calls per second, of two functions in the same process. */
function callBoth (start, { inProcess, requests, pairs }) {
  return ask(start('alone.js'), { file: inProcess, times: requests, pairs })
}

/** Calls per second, of a function in each of two processes. */
async function callEach (start, { ours, rival, requests, pairs }, round) {
  const processes = []
  for (const side of orderOf(round)) {
    processes[side] = start('call.js', [ours, rival][side])
    await answer(processes[side])
  }
  const all = []
  for (let pair = 0; pair < pairs; pair++) {
    const rates = []
    for (const side of orderOf(pair)) rates[side] = await ask(processes[side], requests)
    all.push(rates)
  }
  return all
}

function orderOf (turn) {
  return turn % 2 === 0 ? [0, 1] : [1, 0]
}
