import { connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { request } from 'undici'

/*
 * What a client may do, how often, and what it must get for it.
 */

const busy = ['FST_BLOCKING_QUEUE_FULL', 'FST_BLOCKING_QUEUE_TIMEOUT']
const closing = ['FST_BLOCKING_CLOSING', undefined] // and Fastify's own 503

/** A request whose answer is checked: by status, the codes of errors that may come. */
function ask (path, { weight, status = 200, codes = {}, method = 'GET', body, check = () => true }) {
  return {
    name: path,
    weight,
    async run (storm, random) {
      const mark = storm.mark()
      const payload = body?.(random)
      const response = await request(storm.url + path, {
        method,
        dispatcher: storm.agent,
        headers: { 'x-mark': mark, ...payload === undefined ? {} : { 'content-type': 'application/json' } },
        body: payload === undefined ? undefined : JSON.stringify(payload)
      })
      const { statusCode } = response
      let text
      try {
        text = await response.body.text()
      } catch (error) {
        // A stream breaks when its thread ends, see below.
        if (path === '/stream' && error.code === 'UND_ERR_SOCKET' && storm.mayLose()) return storm.count('/stream broken')
        throw error
      }
      storm.count(`${path} ${statusCode}`)
      storm.outcomes.set(mark, statusCode)
      if (statusCode === status && status === 200) {
        if (path === '/stream') return storm.assert(text === `${mark}\n`.repeat(5_000), `${path}: a stream that is not its own`)
        const answer = JSON.parse(text)
        storm.assert(answer.mark === mark, `${path}: the answer to another request: ${answer.mark} in the place of ${mark}`)
        storm.assert((answer.seen ?? mark) === mark, `${path}: what another request has left: ${answer.seen}`)
        return storm.assert(check(answer, mark, payload), `${path}: a wrong answer: ${text.slice(0, 200)}`)
      }
      const { code } = JSON.parse(text)
      if (statusCode === status && Object.keys(codes).length === 0) return
      if (codes[statusCode]?.includes(code)) return
      if (statusCode === 503 && busy.includes(code) && path !== '/ping') return storm.count('refused, since the queue was full or slow')
      if (statusCode === 503 && storm.isClosing && closing.includes(code)) return
      // One that had begun on a thread that an answered request ends afterwards.
      if (statusCode === 500 && code === 'FST_BLOCKING_THREAD_LOST' && storm.mayLose()) return
      if (storm.isClosing && ['FST_BLOCKING_THREAD_LOST', 'FST_BLOCKING_TIMEOUT'].includes(code)) return
      storm.assert(false, `${path}: ${statusCode} ${text.slice(0, 300)}`)
    }
  }
}

/** Sends a text, and goes away. */
function hangUp (name, weight, text) {
  return {
    name,
    weight,
    async run (storm, random) {
      const socket = await open(storm)
      socket.write(text(storm))
      await delay(random() * 50)
      socket.destroy()
      storm.count(`${name}`)
    }
  }
}

async function open ({ url }) {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  socket.on('error', () => {}) // a server that closes resets it
  await new Promise((resolve) => {
    socket.once('connect', resolve)
    socket.once('close', resolve)
  })
  return socket
}

const get = (path, storm) => `GET ${path} HTTP/1.1\r\nhost: localhost\r\nx-mark: ${storm.mark()}\r\n\r\n`

/** Several requests at once on one connection: the answers come in their order. */
const pipelined = {
  name: 'pipelined',
  weight: 3,
  async run (storm) {
    const socket = await open(storm)
    const marks = Array.from({ length: 4 }, () => storm.mark())
    socket.write(marks.map((mark, index) => `GET ${index === 3 ? '/ping' : '/session'} HTTP/1.1\r\nhost: localhost\r\nx-mark: ${mark}\r\n${index === 3 ? 'connection: close\r\n' : ''}\r\n`).join(''))
    let text = ''
    for await (const chunk of socket) text += chunk
    const statuses = [...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status)
    if (storm.isClosing) return
    storm.assert(statuses.length === 4, `pipelined: ${statuses.length} answers to 4 requests: ${text.slice(0, 500)}`)
    const answered = [...text.matchAll(/"mark":"([^"]+)"/g)].map(([, mark]) => mark)
    storm.assert(answered.every((mark, index) => marks.indexOf(mark) >= index), 'pipelined: answers out of order, or of others')
    for (const status of statuses) storm.count(`pipelined ${status}`)
  }
}

/** More at once than the queue holds. */
const flood = {
  name: 'flood',
  weight: 0.1,
  async run (storm, random) {
    await Promise.all(Array.from({ length: 100 }, () => echo.run(storm, random)))
  }
}

/** So many that take so little that some are sent to a thread before it is free. */
const burst = {
  name: 'burst',
  weight: 2,
  async run (storm, random) {
    for (let times = 0; times < 5; times++) await Promise.all(Array.from({ length: 20 }, () => brief.run(storm, random)))
  }
}

const brief = ask('/brief', { weight: 3, check: ({ isAlone }) => isAlone })

const echo = ask('/echo', {
  weight: 20,
  method: 'POST',
  body: (random) => ({ text: String.fromCharCode(97 + Math.floor(random() * 26)).repeat(Math.floor(random() ** 4 * 200_000)), number: random() }),
  check: ({ body }, _mark, sent) => body.number === sent.number && body.text === sent.text
})

export const actions = [
  echo,
  brief,
  ask('/large', { weight: 5, check: ({ times, text }, mark) => text === mark.repeat(times) }),
  ask('/ping', { weight: 10 }),
  ask('/session', { weight: 10, check: ({ session }, mark) => session === mark }),
  ask('/log', { weight: 2 }),
  ask('/later', { weight: 3 }),
  ask('/stream', { weight: 3 }),
  ask('/asksLoop', { weight: 3, check: ({ length, sync }, mark) => length === mark.length && sync === mark.length }),
  ask('/offloaded', { weight: 3, check: ({ length }, mark) => length === mark.length }),
  ask('/throws', { weight: 3, status: 422 }),
  ask('/odd', { weight: 1, status: 500 }),
  ask('/closes', { weight: 1, status: 500, codes: { 500: ['FST_BLOCKING_LOOP_ONLY'] } }),
  // From here on threads are ended.
  ask('/spin', { weight: 0.3, status: 503, codes: { 503: ['FST_BLOCKING_TIMEOUT'] } }),
  ask('/waits', { weight: 0.5, status: 503, codes: { 503: ['FST_BLOCKING_TIMEOUT'] } }),
  ask('/exit', { weight: 0.3, status: 500, codes: { 500: ['FST_BLOCKING_THREAD_LOST'] } }),
  ask('/heap', { weight: 0.2, status: 500, codes: { 500: ['FST_BLOCKING_OUT_OF_MEMORY'] } }),
  ask('/native', { weight: 0.1, status: 503, codes: { 503: ['FST_BLOCKING_TIMEOUT'] } }),
  ask('/rejects', { weight: 0.3, status: 500, codes: { 500: ['FST_BLOCKING_THREAD_LOST'] } }),
  { ...ask('/late', { weight: 0.3 }), isLate: true },
  // Transactions on either side.
  ...['/booked', '/booked-on-loop'].flatMap((path) => [
    ask(`${path}/ok`, { weight: 5 }),
    ask(`${path}/slow`, { weight: 2 }),
    ask(`${path}/throws`, { weight: 3, status: 422 }),
    ask(`${path}/waits`, { weight: 0.5, status: 503, codes: { 503: ['FST_BLOCKING_TIMEOUT', 'FST_ERR_HANDLER_TIMEOUT'] } }),
    hangUp(`hangs up on ${path}`, 3, (storm) => get(`${path}/slow`, storm))
  ]),
  ask('/booked/hash', { weight: 2 }),
  ask('/booked/hashes', { weight: 0.2, status: 503, codes: { 503: ['FST_BLOCKING_TIMEOUT'] } }),
  ask('/booked/hashesOn', { weight: 0.1, status: 503, codes: { 503: ['FST_BLOCKING_TIMEOUT'] } }),
  ask('/booked/late', { weight: 0.5, status: 503, codes: { 503: ['FST_BLOCKING_TIMEOUT'] } }),
  ask('/booked/spin', { weight: 0.2, status: 503, codes: { 503: ['FST_BLOCKING_TIMEOUT'] } }),
  ask('/booked/exit', { weight: 0.3, status: 500, codes: { 500: ['FST_BLOCKING_THREAD_LOST'] } }),
  hangUp('hangs up on a request that waits', 2, (storm) => get('/waits', storm)),
  hangUp('hangs up on a stream', 2, (storm) => get('/stream', storm)),
  hangUp('hangs up on a large answer', 2, (storm) => get('/large', storm)),
  hangUp('hangs up at once', 2, (storm) => get('/session', storm)),
  hangUp('sends half a body', 1, (storm) => `POST /echo HTTP/1.1\r\nhost: localhost\r\nx-mark: ${storm.mark()}\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{"half":`),
  hangUp('sends half a head', 1, () => 'GET /echo HTTP/1.1\r\nhost: loc'),
  pipelined,
  burst,
  flood
]
