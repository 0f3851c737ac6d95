import { fork } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { Agent, fetch, FormData } from 'undici'

/**
 * @typedef {{ status: number, headers: Record<string, string>, body: any, bytes: Buffer }} Answer
 * @typedef {Awaited<ReturnType<typeof start>>} Shop
 * @typedef {ReturnType<Shop['client']>} Client
 */

/** A shop of its own, as its user starts it. @param {Record<string, string>} env */
export async function start (env) {
  const child = fork(fileURLToPath(new URL('../start.js', import.meta.url)), {
    // Without tap's loaders, which every thread would load too.
    execArgv: [],
    env: { ...process.env, NODE_OPTIONS: '', PORT: '0', LOG_LEVEL: 'info', ...env },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc']
  })
  const closed = once(child, 'close')
  const output = createInterface({ input: /** @type {import('node:stream').Readable} */ (child.stdout) })
  /** @type {Record<string, any>[]} */
  const lines = []
  /** @type {string} */
  const url = await new Promise((resolve, reject) => {
    output.on('line', (line) => {
      if (line.startsWith('{')) lines.push(JSON.parse(line))
      const address = /^Listening at (http:\S+:\d+)/.exec(line)?.[1]
      if (address !== undefined) resolve(address)
    })
    closed.then(([code]) => reject(new Error(`the shop exited with code ${code}: ${JSON.stringify(lines)}`)))
  })
  const dispatcher = new Agent()
  /** @type {unknown[]} */
  const answers = []

  return {
    url,
    /** Of each request what it got, without what is random by nature. */
    answers,

    /** @returns {Promise<import('fastify-blocking').Stats>} */
    stats: async () => /** @type {any} */ (await (await fetch(`${url}/stats`, { dispatcher })).json()),

    /** Somebody with cookies of their own. */
    client () {
      let cookie = ''
      /** @param {string} method @param {string} path @param {unknown} [body] @param {Record<string, string>} [more] @returns {Promise<Answer>} */
      async function ask (method, path, body, more = {}) {
        const isForm = body instanceof FormData
        const response = await fetch(url + path, {
          method,
          dispatcher,
          redirect: 'manual',
          headers: { ...(cookie && { cookie }), ...(body !== undefined && !isForm && { 'content-type': 'application/json' }), ...more },
          ...(body !== undefined && { body: isForm ? body : typeof body === 'string' ? body : JSON.stringify(body) })
        })
        for (const set of response.headers.getSetCookie()) cookie = /** @type {string} */ (set.split(';')[0])
        const bytes = Buffer.from(await response.arrayBuffer())
        const headers = Object.fromEntries(response.headers)
        const isJson = headers['content-type']?.startsWith('application/json')
        answers.push([method, path, response.status, plain(JSON.stringify(headers)), plain(bytes.toString('latin1'))])
        return { status: response.status, headers, bytes, body: isJson && bytes.length > 0 ? JSON.parse(bytes.toString()) : bytes.toString() }
      }
      return {
        ask,
        /** @param {string} path @param {Record<string, string>} [headers] */
        get: (path, headers) => ask('GET', path, undefined, headers),
        /** @param {string} path @param {unknown} [body] */
        post: (path, body) => ask('POST', path, body),
        /** @param {string} path @param {unknown} [body] */
        put: (path, body) => ask('PUT', path, body),
        /** @param {string} path @param {unknown} [body] */
        patch: (path, body) => ask('PATCH', path, body),
        /** @param {string} path */
        delete: (path) => ask('DELETE', path)
      }
    },

    /** @returns {Promise<number>} */
    async stop () {
      await dispatcher.destroy() // a server waits for connections that were opened and not used
      child.kill()
      const [code] = await closed
      return code
    },

    /** What was logged of the first requests; of each without an order, since some goes on beside it. @param {number} count */
    linesOf (count) {
      /** @type {string[][]} */
      const lists = Array.from({ length: count }, () => [])
      for (const { reqId, time, pid, hostname, responseTime, ...line } of lines) lists[parseInt(reqId?.slice('req-'.length), 36) - 1]?.push(plain(JSON.stringify(line)))
      return lists.map((list) => list.sort())
    }
  }

  /** @param {string} text */
  function plain (text) {
    return text
      .replaceAll(url.slice('http://'.length), 'address')
      .replace(/"remotePort":\d+/, '"remotePort":0')
      .replace(/shop=[^;"]+/g, 'shop=session')
      .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'time')
      .replace(/"(date|expires|last-modified)":"[^"]+"/g, '"$1":"time"')
      .replace(/Expires=[^;]+/g, 'Expires=time')
      .replace(/"etag":"W\/\\"([^"-]+)-[^"]+"/g, '"etag":"$1"')
      .replace(/"(x-ratelimit-reset|retry-after)":"\d+"/g, '"$1":"seconds"')
      .replace(/D:\d{14}Z/g, 'D:time')
      .replace(/\/ID \[[^\]]+\]/, '/ID')
      .replace(/\\n +at [^"]+/g, '')
  }
}

export const ada = { email: 'ada@example.com', password: 'correct horse' }
export const grace = { email: 'staff@example.com', password: 'battery staple' }

/** @param {Shop} shop @param {{ email: string, password: string }} credentials */
export async function logIn (shop, credentials) {
  const client = shop.client()
  const { status } = await client.post('/api/account/login', credentials)
  if (status !== 200) throw new Error(`${credentials.email} could not log in: ${status}`)
  return client
}
