import { existsSync, readFileSync } from 'node:fs'

/*
 * What must have become of transactions, and of work after the response, for what the client was answered.
 */

/**
 * Checks what has been noted in a journal, see bookings.js, against `outcomes`: of each mark the status that its client has
 * got, or 'gone'. `isOver` tells that whoever had begun had the time to end.
 * @param {string} journal
 * @param {Map<string, number | 'gone'>} outcomes
 * @param {boolean} isOver
 * @param {(holds: boolean, what: string) => void} assert
 */
export function checkLedger (journal, outcomes, isOver, assert) {
  const { requests, killed } = read(journal)
  for (const [mark, notes] of requests) {
    const outcome = outcomes.get(mark) ?? 'gone'
    const isAnswered = notes.some(({ what }) => what === 'handled')
    // Who hung up may have been answered; and a thread may be ended by what an answered request did, in the midst of commits.
    const isLost = outcome === 500 && notes.some(({ thread }) => killed.has(thread))
    const maySucceed = outcome === 200 || (isAnswered && (outcome === 'gone' || isLost))
    const told = () => `${mark} was answered ${outcome}: ${notes.map(({ what, which, thread }) => `${what} ${which} ${thread}`).join(', ')}`
    for (const { which, thread } of notes.filter(({ what }) => what === 'begun')) {
      const ends = notes.filter((note) => note.which === which && ['commit', 'rollback'].includes(note.what))
      assert(ends.length <= 1, `the transaction ${which} has ended twice: ${told()}`)
      if (isOver && !killed.has(thread)) assert(ends.length === 1, `the transaction ${which} has not ended: ${told()}`)
      assert(maySucceed || ends[0]?.what !== 'commit', `the transaction ${which} was committed: ${told()}`)
      if (outcome === 200) assert(ends[0]?.what === 'commit', `the transaction ${which} was not committed: ${told()}`)
    }
    for (const { which, thread } of notes.filter(({ what }) => what === 'asked')) {
      const times = notes.filter((note) => note.what === 'done' && note.which === which).length
      assert(times === 0 || (times === 1 && maySucceed), `the work after the response of ${which} was done: ${told()}`)
      if (isOver && outcome === 200 && !killed.has(thread)) assert(times === 1, `the work after the response of ${which} was not done: ${told()}`)
    }
  }
}

/** Notes by mark, and the threads that did not end by themselves. */
function read (journal) {
  const requests = new Map()
  const killed = new Set()
  const lines = existsSync(journal) ? readFileSync(journal, 'utf8').split('\n').slice(0, -1) : []
  for (const line of lines) {
    const [mark, what, which, thread] = line.split('\t')
    if (what === 'exited') {
      if (which !== '0') killed.add(thread)
      continue
    }
    if (!requests.has(mark)) requests.set(mark, [])
    requests.get(mark).push({ what, which, thread })
  }
  return { requests, killed }
}
