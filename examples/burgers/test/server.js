import Fastify from 'fastify'
import burgers from '../app.js'

/** @param {import('tap').Test} t */
export async function start (t) {
  // An idle connection does not end by itself while a test waits.
  const app = Fastify({ pluginTimeout: 60_000, keepAliveTimeout: 600_000 })
  app.register(burgers, { prefix: '/burgers' })
  const address = await app.listen({ host: '127.0.0.1', port: 0 })
  t.teardown(() => app.close())
  return { app, url: `${address}/burgers` }
}

/** A few orders, such as are served soon. */
export const few = { customers: 4, cooks: 2, waiting: 20, cooking: 100 }

/** @param {string} url @param {unknown} settings */
export async function order (url, settings) {
  const response = await fetch(`${url}/runs`, {
    method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(settings)
  })
  return { status: response.status, body: await response.json() }
}

/** Listens as a page does. `next()` gives the data of the next event of a name; all events are in `heard`. */
export async function listen (url) {
  const gone = new AbortController()
  const response = await fetch(`${url}/news`, { signal: gone.signal })
  const events = read(response.body)
  /** @type {unknown[]} */
  const heard = []
  return {
    heard,
    status: response.status,
    async next (name) {
      for (;;) {
        const { value, done } = await events.next()
        if (done) return undefined
        heard.push(value)
        if (value.name === name) return value.data
      }
    },
    close: () => gone.abort()
  }
}

async function * read (body) {
  let text = ''
  for await (const chunk of body.pipeThrough(new TextDecoderStream())) {
    const parts = (text + chunk).split('\n\n')
    text = parts.pop()
    for (const part of parts) {
      const [, name, data] = /^event: (\w+)\ndata: (.*)$/.exec(part)
      yield { name, data: JSON.parse(data) }
    }
  }
}
