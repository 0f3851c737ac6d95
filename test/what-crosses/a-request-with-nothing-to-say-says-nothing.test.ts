import { MessagePort } from 'node:worker_threads'
import t from 'tap'
import { build } from './fixtures/nothing-to-say.js'

/** The messages that opened visits, as they were handed to Node. */
const opened: Record<string, unknown>[] = []
const { postMessage } = MessagePort.prototype
MessagePort.prototype.postMessage = function post (this: MessagePort, ...args: Parameters<typeof postMessage>) {
  const [, message] = [args[0]].flat() as [session: unknown, message?: Record<string, unknown>]
  if (message?.type === 'visit') opened.push({ ...message })
  Reflect.apply(postMessage, this, args)
}
t.teardown(() => { MessagePort.prototype.postMessage = postMessage })

const app = await build()
t.teardown(() => app.close())
await app.ready()

/** Sends a request, whose query a hook replaces by the one named, and gives the message that opened its visit. */
async function cross (url: string, query?: 'empty' | 'without prototype'): Promise<Record<string, unknown>> {
  await app.inject({ url, headers: { host: 'localhost', ...query !== undefined && { 'x-query': query } } })
  return opened.pop()!
}

/** Names that do not tell whether there is anything to say; a worker host sets `expiresAt` for its own thread. */
const besides = ['params', 'expiresAt']
const always = ['type', 'route', 'id', 'method', 'url', 'lines', 'connection', 'mayReturnBytes']

t.test('of an empty query, parameters or body nothing crosses', async (t) => {
  t.same(Object.keys(await cross('/')).filter((name) => !besides.includes(name)), always)
})

t.test('what there is does', async (t) => {
  t.match(await cross('/a?b=c'), { params: { part: 'a' }, query: { b: 'c' } })
})

t.test('and an empty query that a hook has put there, as it is', async (t) => {
  t.match(await cross('/?b=c', 'empty'), { changes: { request: { values: { query: {} } } } })
  t.notOk('query' in await cross('/?b=c', 'without prototype'))
})
