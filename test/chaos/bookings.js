import { appendFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { threadId } from 'node:worker_threads'
import bcrypt from 'bcrypt'
import { dependency, isWorker } from 'fastify-blocking'

/*
 * Routes with a transaction on either side, and work after the response. What becomes of each is noted in a file, which
 * outlives a thread that is ended: a line is the mark of the request, what, which, and the thread.
 */

const cell = new Int32Array(new SharedArrayBuffer(4))

export function addBookings (app, journal) {
  const note = (request, what, which) => appendFileSync(journal, `${request.headers['x-mark']}\t${what}\t${which}\t${threadId}\n`)

  function askFor (request, reply, which) {
    note(request, 'asked', which)
    reply.background(() => note(request, 'done', which))
  }

  function * transact (request, which) {
    note(request, 'begun', which)
    try {
      yield which
    } catch (error) {
      note(request, 'rollback', which)
      throw error
    }
    note(request, 'commit', which)
  }

  const first = dependency(async function * (request, _needs, reply) {
    askFor(request, reply, 'first')
    yield * transact(request, 'first')
  })
  const second = dependency({ blocking: true, dependencies: { first } }, function * (request) { yield * transact(request, 'second') })
  const third = dependency({ dependencies: { second } }, async function * (request) { yield * transact(request, 'third') })
  const fourth = dependency({ blocking: true, dependencies: { third } }, async function * (request) { yield * transact(request, 'fourth') })

  const aborted = (request) => new Promise((resolve) => { request.signal.addEventListener('abort', resolve, { once: true }) })
  const does = {
    ok: () => {},
    slow: async () => { await delay(Math.random() * 40) },
    throws: () => { throw Object.assign(new RangeError('thrown'), { statusCode: 422 }) },
    // Over its limit, and then an answer like any other.
    waits: aborted
  }
  const doesInWorker = {
    ...does,
    // An addon's work, of which some is done in time, and some is pending when the limit comes; some minds it, some does not.
    hash: async () => { await bcrypt.hash('password', 4) },
    hashes: async (request) => { while (!request.signal.aborted) await bcrypt.hash('password', 10) },
    async hashesOn () {
      const end = performance.now() + 1_000
      while (performance.now() < end) await bcrypt.hash('password', 10)
    },
    late: (request) => { while (!request.signal.aborted) Atomics.wait(cell, 0, 0, 2) },
    spin: () => { for (;;); },
    exit: () => process.exit(7)
  }

  function handle (act) {
    return (request, reply) => {
      askFor(request, reply, 'handler')
      const answer = () => {
        note(request, 'handled', isWorker ? 'in a worker' : 'on the loop')
        return { mark: request.headers['x-mark'] }
      }
      const acted = act(request)
      return acted instanceof Promise ? acted.then(answer) : answer()
    }
  }

  const limited = ['waits', 'late', 'spin', 'hashes', 'hashesOn']
  for (const [name, act] of Object.entries(doesInWorker)) {
    const blocking = limited.includes(name) ? { timeout: 300 } : true
    app.get(`/booked/${name}`, { blocking, dependencies: { fourth } }, handle(act))
  }
  for (const [name, act] of Object.entries(does)) {
    const limit = limited.includes(name) ? { handlerTimeout: 300 } : {}
    const onLoop = handle(act)
    app.get(`/booked-on-loop/${name}`, { ...limit, dependencies: { fourth } }, async (request, reply) => await onLoop(request, reply))
  }
}
