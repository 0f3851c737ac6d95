import type { FastifyInstance } from 'fastify'
import type { Test } from 'tap'
import { Agent, request } from 'undici'

/** One request, and what is to be learnt from it beside the answer. */
export interface Case {
  /** Reads as a sentence. */
  title: string
  path: string
  method?: string
  headers?: Record<string, string | string[]>
  body?: string | Uint8Array
  /** Status that the app gives on the loop, so that a case cannot pass by never reaching its route. Default: 200. */
  status?: number | 'any'
  /** How often the request goes to a worker: 0 where the loop answers before the handler. Default: 1. */
  visits?: number | 'any'
}

export interface Answer {
  status: number
  statusText: string
  headers: Record<string, string | string[] | undefined>
  body: Buffer
}

/** Whether the routes are blocking; 'measured': they are on the loop, and move to a worker after a few requests. */
export type Build<Blocking = boolean> = (options: { blocking: Blocking }) => Promise<FastifyInstance>

/** An app that listens, and a client of it. Requests are sent one after the other, so that both sides count the same ids. */
export interface Served {
  app: FastifyInstance
  send (request: Pick<Case, 'path' | 'method' | 'headers' | 'body'>): Promise<Answer>
}

export async function serve<Blocking> (t: Test, build: Build<Blocking>, blocking: Blocking): Promise<Served> {
  const app = await build({ blocking })
  const agent = new Agent()
  t.teardown(async () => {
    await agent.destroy()
    await app.close()
  })
  const origin = await app.listen({ host: '127.0.0.1', port: 0 })
  return {
    app,
    async send ({ path, method = 'GET', headers = {}, body: payload = null }) {
      // The ports differ; a host of its own makes the two requests the same.
      const response = await request(origin + path, {
        dispatcher: agent, method, headers: { host: 'app.test', ...headers }, body: payload
      })
      // undici takes the content-length of a 304 for that of a body.
      const body = await response.body.arrayBuffer().then(Buffer.from, (error: Error) => Buffer.from(String(error)))
      const { date, ...others } = response.headers
      return { status: response.statusCode, statusText: response.statusText, headers: others, body }
    }
  }
}

/** An app that is served twice, on the loop and blocking. */
export interface Both {
  loop: Served
  worker: Served
}

export async function serveBoth (t: Test, build: Build): Promise<Both> {
  return { loop: await serve(t, build, false), worker: await serve(t, build, true) }
}

/** Compares what is answered over the wire, case by case, by an app that is served twice, here or before. */
export async function compare (t: Test, served: Build | Both, cases: readonly Case[]): Promise<void> {
  const { loop, worker } = typeof served === 'function' ? await serveBoth(t, served) : served
  for (const { title, status = 200, visits = 1, ...request } of cases) {
    const onLoop = await loop.send(request)
    const before = visitsOf(worker.app)
    const inWorker = await worker.send(request)
    const seen = visitsOf(worker.app) - before
    t.same(
      { loopStatus: onLoop.status, visits: seen, answer: readable(inWorker) },
      { loopStatus: status === 'any' ? onLoop.status : status, visits: visits === 'any' ? seen : visits, answer: readable(onLoop) },
      title
    )
  }
}

function visitsOf ({ blocking }: FastifyInstance): number {
  return blocking.stats().run.count
}

/** With a body that shows in a diff, byte for byte. */
function readable ({ body, ...answer }: Answer) {
  return { ...answer, body: body.toString('latin1') }
}
