import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { Listening, readAnswers, sortHeaders } from './connection.js'
import { build } from './outside-app.js'
import { Reference } from './reference.js'
import { sent } from './outside.js'

/**
 * Sends what a seed says to one app twice, on the loop and blocking, and compares what comes back, byte by byte but for the
 * date. Where a connection ends in the middle of a request only what is safe anyway is looked at: whole answers, to nobody else.
 * @param {{ runs: number, seed: number }} settings
 */
export async function fuzzFromOutside ({ runs, seed }) {
  const worker = new Listening(await build({ blocking: true }))
  const loop = new Reference('outside-app.js')
  await Promise.all([worker.open(), loop.open()])
  /** @type {Record<string, number>} */
  const counts = {}
  const count = (what) => { counts[what] = (counts[what] ?? 0) + 1 }
  try {
    const details = await fc.check(fc.asyncProperty(sent, async (text) => {
      const bytes = Buffer.from(text, 'latin1')
      const before = worker.app.blocking.stats().run.count
      const [onLoop, inWorker] = await Promise.all([loop.talk(bytes), worker.talk(bytes)])
      if (onLoop === undefined) throw new Error('it has ended the process on the loop')
      const [expected, got] = [readAnswers(onLoop), readAnswers(inWorker)].map(sortHeaders)
      if (onLoop.isCut || inWorker.isCut) {
        count('connections cut in the middle')
        if (got.malformed !== undefined) throw new Error(`malformed: ${got.malformed}`)
        for (const { body } of got.answers) if (body.includes('"polluted":["')) throw new Error('Object.prototype has been changed')
        return
      }
      if (!isDeepStrictEqual(got, expected)) throw new Error(`blocking:\n${JSON.stringify(got)}\non the loop:\n${JSON.stringify(expected)}`)
      if (inWorker.text.includes('"polluted":["')) throw new Error('Object.prototype has been changed')
      if (got.malformed !== undefined) throw new Error(`malformed: ${got.malformed}`)
      for (const { status } of got.answers) count(`answers ${status}`)
      if (got.answers.at(-1)?.body.includes('"host":"last.test"')) count('connections answered to the end')
      counts['visits to workers'] = (counts['visits to workers'] ?? 0) + worker.app.blocking.stats().run.count - before
    }), { seed, numRuns: runs, endOnFailure: process.env.SHRINK === undefined })
    return { counts, failure: details.failed ? `${details.errorInstance?.stack}\n${fc.defaultReportMessage(details).slice(0, 4_000)}` : undefined }
  } finally {
    loop.close()
    await worker.app.close()
  }
}
