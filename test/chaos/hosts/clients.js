import { setTimeout as delay } from 'node:timers/promises'
import { request } from 'undici'

/*
 * What clients ask for, and which answers are right.
 */

/** ms after which a request hangs. */
const patience = 60_000

/** Bytes of a body that comes together with the head of its request. */
const shortBody = 16_384

/** Errors that say that nobody has begun the request. */
const unbegun = ['FST_BLOCKING_QUEUE_FULL', 'FST_BLOCKING_QUEUE_TIMEOUT']
/** Errors of requests that may have begun: the host is lost, or the server closes and they still run after twice its grace period. */
const cutOff = ['FST_BLOCKING_HOST_LOST', 'FST_BLOCKING_CLOSING']

function ask (path, { weight, query = () => '', body, codes = [], check = () => true }) {
  return {
    name: path,
    weight,
    async run (storm, server, random) {
      const id = storm.createId()
      const payload = body?.(random)
      const { starts, url } = server
      const isEnded = () => server.isDown || server.starts !== starts
      let answer
      try {
        answer = await send(url + path + query(random), id, payload)
      } catch (error) {
        // A stream breaks off when its host is lost.
        const mayBreak = isEnded() || (path === '/stream' && error.code === 'UND_ERR_SOCKET')
        storm.assert(mayBreak, `${id} ${path}: ${error.code} of ${server.name}: ${error.stack}`)
        storm.count(`${path} broken`)
        return await delay(50)
      }
      const { status, text } = answer
      const code = status === 200 ? undefined : readCode(text)
      const hasLongBody = payload?.text.length > shortBody
      storm.answered(id, { path, status, code, at: process.hrtime.bigint(), hasLongBody })
      storm.count(`${path} ${code ?? status}`)
      if (status === 200) return storm.assert(check(text, id, payload), `${id} ${path}: a wrong answer: ${text.slice(0, 200)}`)
      const isRight = status === 503 && [...cutOff, ...codes, ...unbegun].includes(code)
      // Fastify's own 503 comes from a server that closes.
      storm.assert(isRight || (isEnded() && status === 503), `${id} ${path}: ${status} of ${server.name}: ${text.slice(0, 300)}`)
    }
  }
}

export async function send (url, id, payload) {
  const response = await request(url, {
    method: payload === undefined ? 'GET' : 'POST',
    headers: { 'x-id': id, ...payload !== undefined && { 'content-type': 'application/json' } },
    body: payload === undefined ? null : JSON.stringify(payload),
    headersTimeout: patience,
    bodyTimeout: patience
  })
  return { status: response.statusCode, text: await response.body.text() }
}

function readCode (text) {
  try {
    return JSON.parse(text).code
  } catch {
    return text
  }
}

const isOwn = (text, id) => JSON.parse(text).id === id

/** Asks, and goes away before the answer. */
const hangsUp = {
  name: 'hangs up',
  weight: 2,
  async run (storm, server, random) {
    const gone = new AbortController()
    const asked = request(`${server.url}/slow?ms=100`, { headers: { 'x-id': storm.createId() }, signal: gone.signal })
    await Promise.race([delay(random() * 80), asked.catch(() => {})])
    gone.abort()
    await asked.then(({ body }) => body.dump(), () => {})
    storm.count('hangs up')
  }
}

export const actions = [
  ask('/brief', { weight: 30, check: isOwn }),
  ask('/slow', { weight: 8, query: (random) => `?ms=${Math.floor(random() * 300)}`, check: isOwn }),
  ask('/where', { weight: 5, check: isOwn }),
  ask('/echo', {
    weight: 5,
    // Now and then longer than a message of the broker may be.
    body: (random) => ({ text: 'x'.repeat(Math.floor(random() ** 4 * 2_000_000)), number: random() }),
    check (text, id, sent) {
      const answer = JSON.parse(text)
      return answer.id === id && answer.body.number === sent.number && answer.body.text === sent.text
    }
  }),
  ask('/asks', {
    weight: 5,
    check (text, id) {
      const answer = JSON.parse(text)
      return answer.id === id && answer.length === id.length && answer.sync === id.length
    }
  }),
  ask('/twice', { weight: 5, check: (text, id) => isOwn(text, id) && JSON.parse(text).text === 'texttext' }),
  ask('/stream', { weight: 3, check: (text, id) => text === `${id}\n`.repeat(4_000) }),
  ask('/later', { weight: 3, check: isOwn }),
  ask('/overruns', { weight: 0.5, codes: ['FST_BLOCKING_TIMEOUT'], check: () => false }),
  hangsUp
]

export { unbegun }
