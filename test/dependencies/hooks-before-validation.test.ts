import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import type { InjectOptions } from 'fastify'
import t from 'tap'
import { held, HeldTimers } from '../support/held-timers.js'
import { until } from '../support/until.js'
import { beginPost, readAnswers } from '../support/upload.js'
import { build, held as waiting, hooks } from './fixtures/early.js'

const folder = t.testdir()
let count = 0

/** A request whose dependencies note what they do. */
function journalFor (does: Record<string, string> = {}) {
  const file = join(folder, String(++count))
  return {
    headers: { 'x-journal': file, 'x-does': JSON.stringify(does), 'content-type': 'application/json' },
    read: (): string[] => existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n') : []
  }
}

const app = await build()
t.teardown(() => app.close())
await app.listen({ port: 0, host: '127.0.0.1' })
const { port } = app.server.address() as AddressInfo

const valid = '{"n":1}'
const sides = ['worker', 'loop']
const kinds = ['plain', 'generator']

async function post (url: string, does: Record<string, string> = {}, payload = valid, more: InjectOptions = {}) {
  const { headers, read } = journalFor(does)
  const { statusCode, body } = await app.inject({ method: 'POST', url, payload, headers, ...more })
  return { statusCode, body, lines: read() }
}

t.test('whoever is refused in a hook before validation is told nothing of what is invalid', async (t) => {
  for (const side of sides) {
    for (const kind of kinds) {
      for (const hook of hooks) {
        for (const payload of ['{"n":"x"}', '{"n":']) {
          const { statusCode, body } = await post(`/${side}/${kind}/${hook}`, { [hook]: 'throw' }, payload)
          // The loop parses before preValidation.
          const isFirst = hook === 'onRequest' || (hook === 'preValidation' && payload === '{"n":"x"}')
          t.equal(statusCode, isFirst ? 401 : 400, `${side} ${kind} ${hook} ${payload} ${body}`)
        }
        t.equal((await post(`/${side}/${kind}/${hook}`, {}, '{"n":"x"}')).statusCode, 400, `${side} ${kind} ${hook}`)
        const { statusCode, body, lines } = await post(`/${side}/${kind}/${hook}`)
        t.equal(statusCode, 200, body)
        t.match(JSON.parse(body), { one: { name: hook } })
        t.equal(lines.filter((line) => /^(open|call) onRequest/.test(line)).length, 1, 'called once')
      }
    }
  }
})

t.test('HEAD is guarded as GET is', async (t) => {
  for (const side of sides) {
    for (const kind of kinds) {
      for (const method of ['GET', 'HEAD'] as const) {
        const url = `/${side}/${kind}/get`
        const ask = async (does: Record<string, string>, query: string) => {
          const { headers, read } = journalFor(does)
          const { statusCode } = await app.inject({ method, url: url + query, headers: { 'x-journal': headers['x-journal'], 'x-does': headers['x-does'] } })
          return [statusCode, read().filter((line) => /^(open|call)/.test(line)).length]
        }
        t.same(await ask({ onRequest: 'throw' }, '?n=x'), [401, 1], `${method} ${url}`)
        t.same(await ask({}, '?n=x'), [400, 1], `${method} ${url}`)
        t.same(await ask({}, '?n=1'), [200, 1], `${method} ${url}`)
      }
    }
  }
})

t.test('hooks come in their order, then contexts in theirs; all end last in, first out', async (t) => {
  for (const side of sides) {
    t.same((await post(`/${side}/generator/all`)).lines, [
      'hook onRequest', 'open onRequest on the loop',
      'hook preValidation', 'open preValidation on the loop',
      'open handler on the loop',
      'open worker on the worker', 'handle', 'close worker on the worker',
      'close handler on the loop', 'close preValidation on the loop', 'close onRequest on the loop'
    ], side)
    t.same((await post(`/${side}/generator/context`)).lines, [
      'hook onRequest', 'open guard on the loop', 'open onRequest on the loop', 'hook preValidation', 'open outer on the loop', 'handle',
      'close outer on the loop', 'close onRequest on the loop', 'close guard on the loop'
    ], side)
    t.same((await post(`/${side}/plain/hooked`)).lines, ['hook onRequest', 'own onRequest', 'call onRequest on the loop', 'hook preValidation', 'handle'], side)
  }
})

t.test('values are kept for the handler, and for dependencies on both sides', async (t) => {
  for (const side of sides) {
    for (const kind of kinds) {
      const early = { name: 'onRequest' }
      const late = { name: 'preValidation', early }
      t.same(JSON.parse((await post(`/${side}/${kind}/all`)).body), { inWorker: { name: 'worker', early, late, last: { name: 'handler', early } }, late })
    }
  }
})

t.test('a generator is ended with the request, whatever ends that', async (t) => {
  for (const side of sides) {
    const url = `/${side}/generator/preValidation`
    const cases: Array<[what: string, status: number, does: Record<string, string>, payload: string, failure: string]> = [
      ['validation', 400, {}, '{"n":"x"}', 'FST_ERR_VALIDATION'],
      ['a later dependency', 401, { preValidation: 'throw' }, valid, 'preValidation refuses'],
      ['a hook that fails', 401, { hookAfter: 'throw' }, valid, 'hookAfter refuses'],
      ['a body that cannot be parsed', 400, {}, '{', 'FST_ERR_CTP_INVALID_JSON_BODY'],
      ['a body that is too long', 413, {}, JSON.stringify({ n: 1, x: 'x'.repeat(1000) }), 'FST_ERR_CTP_BODY_TOO_LARGE']
    ]
    for (const [what, status, does, payload, failure] of cases) {
      const { statusCode, lines } = await post(url, does, payload)
      t.equal(statusCode, status, `${side}: ${what}`)
      t.ok(lines.includes('open onRequest on the loop'))
      t.equal(lines.at(-1), `fail onRequest on the loop: ${failure}`, `${side}: ${what}`)
      t.notOk(lines.includes('handle'))
    }
    const media = await post(url, {}, 'x', { headers: { ...journalFor().headers, 'content-type': 'text/csv' } })
    t.equal(media.statusCode, 415)
    for (const answering of ['hookAfter', 'preValidation']) {
      const { statusCode, lines } = await post(url, { [answering]: 'send' })
      t.equal(statusCode, 403)
      t.equal(lines.at(-1), 'close onRequest on the loop', `${side}: ${answering} answers`)
      t.notOk(lines.includes('handle'))
    }
  }
})

t.test('a guard may answer by itself, and may throw what is falsy', async (t) => {
  for (const side of sides) {
    for (const kind of kinds) {
      for (const hook of ['onRequest', 'preValidation']) {
        for (const how of ['send', 'sendLater']) {
          const { statusCode, body, lines } = await post(`/${side}/${kind}/${hook}`, { [hook]: how }, '{"n":"x"}')
          t.same([statusCode, body], [403, `{"by":"${hook}"}`], `${side} ${kind} ${hook} ${how}`)
          t.notOk(lines.includes('handle'))
        }
        for (const how of ['falsy', 'nothing']) {
          const { statusCode, lines } = await post(`/${side}/${kind}/${hook}`, { [hook]: how })
          t.equal(statusCode, 500, `${side} ${kind} ${hook} ${how}`)
          t.notOk(lines.includes('handle'))
        }
      }
    }
  }
})

t.test('a client that hangs up during its upload ends the generators', async (t) => {
  for (const side of sides) {
    const { headers, read } = journalFor()
    const socket = await beginPost(port, `/${side}/generator/onRequest`, { ...headers, 'content-length': 100 })
    socket.write('{"n":')
    await until('the guard has let it in', () => read().includes('open onRequest on the loop'))
    socket.destroy()
    await until('the guard is ended', () => read().some((line) => line.startsWith('fail onRequest on the loop: ')))
    t.equal(read().filter((line) => line.startsWith('fail')).length, 1)
    t.notOk(read().includes('handle'))
  }
})

t.test('a guard that is refused does not wait for the body', async (t) => {
  for (const side of sides) {
    const { headers } = journalFor({ onRequest: 'throw' })
    const socket = await beginPost(port, `/${side}/plain/onRequest`, { ...headers, 'content-length': 100 })
    const [chunk] = await once(socket, 'data') as [Buffer]
    t.match(chunk.toString(), /^HTTP\/1.1 401 /)
    socket.destroy()
  }
})

t.test('a time limit of Fastify that is over in a guard, or between guards, ends the generators', async (t) => {
  const timers = new HeldTimers(t)
  const limited = await build({ limit: held })
  t.teardown(() => limited.close())
  await limited.listen({ port: 0, host: '127.0.0.1' })
  const { port } = limited.server.address() as AddressInfo
  for (const side of sides) {
    const url = `/${side}/generator/limit`
    const { headers, read } = journalFor({ preValidation: 'hold' })
    const answer = limited.inject({ method: 'POST', url, payload: valid, headers })
    await until('the second guard holds', () => read().includes('open preValidation on the loop'))
    await timers.runOut()
    t.equal((await answer).statusCode, 503)
    await until('the first guard is ended', () => read().includes('fail onRequest on the loop: FST_ERR_HANDLER_TIMEOUT'))

    const uploaded = journalFor()
    const socket = await beginPost(port, url, { ...uploaded.headers, 'content-length': 100 })
    await until('the first guard has let it in', () => uploaded.read().includes('open onRequest on the loop'))
    await timers.runOut()
    t.match(await readAnswers(socket, 1), [{ status: 503 }])
    t.equal(uploaded.read().at(-1), 'fail onRequest on the loop: FST_ERR_HANDLER_TIMEOUT')
    socket.destroy()
  }
})

t.test('the plan tells the hooks', async (t) => {
  t.equal(app.blocking.printPlan('POST', '/worker/plain/all').replace(/^request.body.*\n/m, ''), `POST /worker/plain/all  worker
├── inWorker            worker
│   ├── early           loop, onRequest
│   ├── late            loop, preValidation
│   │   └── early       loop, onRequest
│   └── last            loop
│       └── early       loop, onRequest
└── late                loop, preValidation
    └── early           loop, onRequest
`)
  t.match(app.blocking.plan('POST', '/loop/plain/onRequest').dependencies, [{ name: 'one', side: 'loop', phase: 0, hook: 'onRequest' }])
})

t.test('a fake runs in its own hook', async (t) => {
  const faked = await build({ fake: true })
  t.teardown(() => faked.close())
  await faked.ready()
  for (const side of sides) {
    const { headers } = journalFor({ fake: 'throw', onRequest: 'send' })
    t.equal((await faked.inject({ method: 'POST', url: `/${side}/plain/onRequest`, payload: '{"n":"x"}', headers })).statusCode, 401)
  }
})

t.test('routes of dispatch "measured", "signature" and "all" have them as well', async (t) => {
  for (const dispatch of ['measured', 'signature', 'all'] as const) {
    const other = await build({ dispatch })
    t.teardown(() => other.close())
    await other.ready()
    for (const kind of kinds) {
      for (const hook of ['onRequest', 'preValidation']) {
        const url = `/loop/${kind}/${hook}`
        const refused = await other.inject({ method: 'POST', url, payload: '{"n":"x"}', headers: journalFor({ [hook]: 'throw' }).headers })
        t.equal(refused.statusCode, 401, `${dispatch} ${url}`)
        const answered = await other.inject({ method: 'POST', url, payload: valid, headers: journalFor().headers })
        t.match(answered.json(), { one: { name: hook } }, `${dispatch} ${url}`)
      }
    }
  }
})

t.test('a route that moves while a request is in a guard answers it all the same', async (t) => {
  const measured = await build({ dispatch: { measured: { threshold: 1 } } })
  t.teardown(() => measured.close())
  await measured.ready()
  for (const url of kinds.flatMap((kind) => ['all', 'preValidation'].map((name) => `/loop/${kind}/${name}`))) {
    const ask = async (does: Record<string, string>) => {
      const { headers } = journalFor(does)
      return await measured.inject({ method: 'POST', url, payload: valid, headers: { ...headers, 'x-busy': '20' } })
    }
    const answer = ask({ preValidation: 'wait' })
    await until('a guard waits', () => waiting.length > 0)
    t.equal(measured.blocking.plan('POST', url).handler, 'loop')
    while (measured.blocking.plan('POST', url).handler === 'loop') t.equal((await ask({})).statusCode, 200)
    waiting.pop()!()
    const { statusCode, body } = await answer
    t.equal(statusCode, 200, body)
    const late = { name: 'preValidation', early: { name: 'onRequest' } }
    t.match(JSON.parse(body), url.endsWith('all') ? { inWorker: { name: 'worker' }, late } : { one: late }, url)
  }
})
