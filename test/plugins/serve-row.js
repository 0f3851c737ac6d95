import { EventEmitter, once } from 'node:events'
import { Agent, request, STATUS_CODES } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { build, counted, createTally } from './build.js'

/*
 * Serves one row, first with its routes on the loop and then with all of them blocking, and tells the parent process
 * what was answered. A process of its own, as plugins keep state in their modules.
 */

const [, , row] = process.argv
const { requests, cookies = false, random = {}, surround, besides } = await import(`./apps/${row}.js`)

const { missing, given = {}, close } = await surround?.() ?? {}
const sides = missing === undefined ? { loop: await serve(false), worker: await serve(true) } : {}
await close?.()
// Without waiting for timers that plugins leave behind.
process.send({ missing, sides }, () => process.exit())

async function serve (isBlocking) {
  const lines = []
  const logged = new EventEmitter()
  const tally = createTally()
  const app = await build({ row, isBlocking, tally, given }, (text) => {
    const line = JSON.parse(text)
    lines.push([line.level, line.msg, ...(line.err ? [line.err.message] : [])])
    if (isLast(line)) logged.emit('last')
  })
  // Not undici, which closes a connection as soon as it has as many bytes as were announced, and after each HEAD: then it depends on who is
  // faster whether the server logs that the response was complete.
  const agent = new Agent({ keepAlive: true })
  const origin = await app.listen({ host: '127.0.0.1', port: 0 })

  /** All requests of the row, one after the other, as what they change is compared too. */
  async function pass (by, send) {
    const answers = []
    const jar = new Map()
    for (const each of requests) {
      const { path, method = 'GET', headers = {}, body, status, refused, isLoops = false, differs = [], ...others } = typeof each === 'function' ? each(answers, by) : each
      if (status === undefined || Object.keys(others).length > 0) throw new Error(`${row}: a request has a path and a status, and no ${Object.keys(others).join(', ')}`)
      lines.length = 0
      tally.fill(0)
      const last = once(logged, 'last')
      const sent = { host: 'app.test', 'x-by': by, ...headers }
      if (cookies && jar.size > 0) sent.cookie ??= [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
      const visits = app.blocking?.stats().run.count
      const answer = await send({ path, method, headers: sent, body })
      await last
      for (const line of [answer.headers['set-cookie'] ?? []].flat()) keep(jar, line)
      answers.push(answer)
      const counts = Object.fromEntries(counted.map((name, index) => [name, [tally[index], tally[index + counted.length]]]))
      answer.seen = { title: `${method} ${path} by ${by}`, status, refused, isLoops, differs, counts, lines: [...lines], visits: visits === undefined ? 0 : app.blocking.stats().run.count - visits }
    }
    return mask(answers).map(({ seen, ...answer }) => ({ ...seen, answer }))
  }

  const passes = [
    ...await pass('socket', async ({ path, method, headers, body = null }) => {
      const sent = request(origin + path, { agent, method, headers })
      sent.end(body)
      const [response] = await once(sent, 'response')
      return readable(response.statusCode, response.statusMessage, response.headers, await buffer(response))
    }),
    ...await pass('inject', async ({ path, method, headers: sent, body }) => {
      const response = await app.inject({ url: path, method, headers: sent, body })
      // There is no connection, whatever is said of it.
      const { connection, ...headers } = response.headers
      return readable(response.statusCode, response.statusMessage, headers, response.rawPayload)
    })
  ]
  const beside = await besides?.(origin, app)
  agent.destroy()
  await app.close()
  return { passes, beside }
}

/** What Fastify logs in the end of every request. */
function isLast ({ msg }) {
  return msg === 'request completed' || msg === 'request errored'
}

/** With a body that shows in a diff, byte for byte. */
function readable (status, statusText, { date, ...headers }, bytes) {
  return { status, statusText: statusText ?? STATUS_CODES[status], headers, body: bytes.toString('latin1') }
}

/** Puts its name in the place of what is random by nature, and a number, as what was the same has to stay the same. */
function mask (value) {
  let text = JSON.stringify(value)
  for (const [name, pattern] of Object.entries(random)) {
    const found = []
    text = text.replace(pattern, (one) => {
      if (!found.includes(one)) found.push(one)
      return `<${name} ${found.indexOf(one) + 1}>`
    })
  }
  return JSON.parse(text)
}

function keep (jar, line) {
  const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)
  if (/expires=Thu, 01 Jan 1970|max-age=0/i.test(line)) jar.delete(name)
  else jar.set(name, value)
}
