import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { build } from './answers-app.js'
import { Listening, readAnswers, sortHeaders } from './connection.js'
import { Reference } from './reference.js'
import { answer } from './recipes.js'

/** Errors that are others than on the loop, by what they are there. */
const documented = [
  // What a serializer gives that is no text: onSend hooks on the loop might make one of it, and where they do not the error is found there.
  ['FST_ERR_REP_INVALID_PAYLOAD_TYPE', /FST_ERR_REP_INVALID_PAYLOAD_TYPE/],
  ['FST_BLOCKING_UNSUPPORTED_ANSWER', /FST_ERR_REP_INVALID_PAYLOAD_TYPE/]
]

/** What does not cross to a worker host: the request fails, see docs/scaling.md. */
const stays = process.env.EXECUTOR === 'hosts/executor' ? /"(shared|blob)"/ : undefined

export async function fuzzFromHandlers ({ runs, seed }) {
  const worker = new Listening(await build({ blocking: true }))
  const loop = new Reference('answers-app.js')
  await Promise.all([worker.open(), loop.open()])
  /** @type {Record<string, number>} */
  const counts = {}
  const count = (what) => { counts[what] = (counts[what] ?? 0) + 1 }
  try {
    const details = await fc.check(fc.asyncProperty(answer, async (does) => {
      const body = Buffer.from(JSON.stringify(does))
      const head = `POST /do HTTP/1.1\r\nhost: app.test\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`
      const bytes = Buffer.concat([Buffer.from(head), body, Buffer.from('GET /last HTTP/1.1\r\nhost: app.test\r\n\r\n')])
      if (process.env.TRACE) console.log(JSON.stringify(does).slice(0, 1000))
      if (does.isWorst) return await askWorst(worker, bytes, does, count)
      if (stays?.test(JSON.stringify(does)) === true) {
        count('what stays in its process')
        return await askWorst(worker, bytes, does, count)
      }
      const onLoop = await loop.talk(bytes)
      if (onLoop === undefined) {
        count('what ends a process on the loop')
        return await askWorst(worker, bytes, does, count)
      }
      const inWorker = await worker.talk(bytes)
      // The headers of a Response are set in the worker, before any that a hook on the loop sets.
      const [expected, got] = [onLoop, inWorker].map(readAnswers).map(does.value[0] === 'response' ? sortHeaders : (read) => read)
      if (documented.some(([blocking, onLoop]) => inWorker.text.includes(blocking) && onLoop.test(JSON.stringify(expected)))) return count('other errors, as documented')
      if (!isDeepStrictEqual(got, expected) && isMisframed(expected) && !isMisframed(got)) return count('what is badly framed on the loop')
      if (!isDeepStrictEqual(got, expected)) throw new Error(`blocking:\n${JSON.stringify(got).slice(0, 1500)}\non the loop:\n${JSON.stringify(expected).slice(0, 1500)}`)
      for (const { status } of got.answers) count(`answers ${status}`)
      if (got.answers.length === 2) count('connections answered to the end')
    }), { seed, numRuns: runs, endOnFailure: process.env.SHRINK === undefined })
    return { counts, failure: details.failed ? `${details.errorInstance?.stack}\n${fc.defaultReportMessage(details).slice(0, 4_000)}` : undefined }
  } finally {
    loop.close()
    await worker.app.close()
  }
}

/** Whether an answer cannot be told from the next one, as where Node refuses a header but remembers what length it has read before. */
function isMisframed ({ answers, malformed }) {
  return malformed !== undefined || answers.some(({ body }) => body.includes('HTTP/1.1 200 OK\r\n'))
}

/** Of what nobody would do on the loop: an answer, or a connection that is closed; and then the thread answers the next request as if nothing had been. */
async function askWorst (worker, bytes, { steps }, count) {
  const said = await worker.talk(bytes)
  const { answers, malformed } = readAnswers(said)
  // Of a stream Node sends what it is told is the length.
  const isToldLength = /"content-length"/i.test(JSON.stringify(steps))
  if (malformed !== undefined) {
    if (isToldLength) return count('worst of a wrong length')
    throw new Error(`malformed: ${malformed}`)
  }
  const text = JSON.stringify(answers)
  if (text.includes('FST_BLOCKING_THREAD_LOST') || text.includes('FST_BLOCKING_TIMEOUT')) throw new Error(`a thread was lost: ${text}`)
  const [, next] = answers
  count(`worst ${answers[0]?.isBroken === true ? 'broken' : answers[0]?.status}`)
  if (next !== undefined && !next.body.startsWith('{"last":true,"left":[null,null],"own":[],"headers":{},"polluted":[]}')) throw new Error(`left behind: ${text}`)
  // A handler may say that the body ends elsewhere.
  const isToldOtherwise = answers[0]?.headers.some((header) => /^(transfer-encoding: (?!chunked)|content-length)/i.test(header))
  if (next === undefined && !said.isClosed && !isToldOtherwise) throw new Error(`not answered: ${text}`)
}
