import { Readable } from 'node:stream'
import Fastify from 'fastify'
import blocking, { dependency, isWorker } from 'fastify-blocking'
import { outcomes } from './outcomes.js'
import { asks, shapeOf } from './places.js'
import { Record } from './record.js'

/*
 * A route for each handler, dependency and place. The outcome comes with the request, whose number says where it waits and what its lines are. They
 * are told to the record, which both sides and the test have.
 */

class Refused extends Error {
  statusCode = 409
}

export const pathOf = ({ handler, dependency, place }) => `/${[handler, dependency, place].join('/').replaceAll(' ', '-')}`

/** `cells` are those whose routes are wanted. `hasAddon`: work of a native addon is pending while a part waits. */
export async function build (options) {
  const { memory, cells, hasAddon = false, server = {}, plugin = {}, route = {} } = options
  const record = new Record(memory, hasAddon ? await loadAddon() : undefined)
  const app = Fastify({ pluginTimeout: 100_000, exposeHeadRoutes: false, ...server })
  // Before the plugin's own, which waits for what runs.
  if (!isWorker) app.addHook('preClose', async () => { record.note(0, 'closes') })
  await app.register(blocking, {
    app: { module: import.meta.url, factory: 'build', options },
    timeout: 0,
    grace: 100_000,
    ...plugin,
    queue: { timeout: 100_000, ...plugin.queue },
    pool: { minThreads: 1, maxThreads: 1, execArgv: [], ...plugin.pool }
  })
  app.setErrorHandler((error, _request, reply) => { reply.code(error.statusCode ?? 500).send({ says: labelOf(error) }) })
  for (const name of ['onRequest', 'preHandler']) {
    app.addHook(name, async ({ query }, reply) => { if (query.outcome === `${name} answers`) return reply.code(403).send({ says: name }) })
  }
  app.addHook('onSend', async ({ query }, reply, payload) => {
    if (query.outcome === 'onSend replaces the answer') return JSON.stringify({ says: 'onSend' })
    if (query.outcome === 'onSend throws' && reply.statusCode === 200) throw new Refused('onSend threw')
    return payload
  })

  for (const cell of new Map(cells.map((cell) => [pathOf(cell), cell])).values()) declare(app, cell, record, route)

  // Done by either side when all that it had to do before is done.
  for (const side of ['loop', 'worker']) {
    app.get(`/settle/${side}`, { blocking: side === 'worker' && { timeout: 0 } }, ({ query }, reply) => {
      reply.background(() => record.note(query.request, `settled ${side}`)).send('')
    })
  }
  app.get('/hold', { blocking: { timeout: 0 } }, ({ query }, reply) => {
    record.waitHere(query.request)
    reply.send('')
  })
  return app
}

async function loadAddon () {
  const { default: bcrypt } = await import('bcrypt')
  return async () => { await bcrypt.hash('password', 7) }
}

function declare (app, cell, record, route) {
  const { handler, nodes, depth } = shapeOf(cell)
  const isBlocking = handler.side === 'worker'
  const levels = Array.from({ length: depth }, () => ({}))
  let last
  for (const node of nodes) {
    const mayAsk = asks(node, handler)
    const isLast = node === nodes.at(-1)
    const needs = last?.level === node.level ? { [last.name]: last.made } : {}
    last = { ...node, made: dependency({ blocking: node.side === 'worker', dependencies: needs }, kinds[node.kind](new Part(record, node.name, isLast, mayAsk))) }
    levels[node.level][node.name] = last.made
  }
  const own = levels.pop()
  // An instance is a thenable, so none is returned.
  const inContext = (context) => {
    const outer = levels.shift()
    if (outer === undefined) {
      context.get(pathOf(cell), { ...route, blocking: isBlocking && (route.blocking ?? true), dependencies: own }, handlers[handler.kind](new Part(record, 'handler', false, true)))
    } else {
      context.addDependencies(outer)
      context.register(async (inner) => { inContext(inner) })
    }
  }
  if (levels.length === 0) inContext(app)
  else app.register(async (context) => { inContext(context) })
}

/** A dependency or the handler, and what it does in a request. */
class Part {
  constructor (record, name, isLast, mayAsk) {
    Object.assign(this, { record, name, isLast, mayAsk })
  }

  #outcome ({ query }) {
    return outcomes[query.outcome]
  }

  /** How, if it is here that something happens: `open`, `handle` or `end`. */
  #how (request, step) {
    const { at, how } = this.#outcome(request)
    const isHere = {
      open: (at === 'it' && this.name === 'it') || (at === 'last' && this.isLast),
      handle: at === 'handler' && !request.query.outcome.startsWith('the stream'),
      end: at === 'teardown' && this.name === 'it'
    }
    return isHere[step] ? how : undefined
  }

  note ({ query }, line) {
    this.record.note(query.request, line)
  }

  /** The reply, if it answers; a promise, if it waits and is asynchronous. */
  act (request, reply, step, isAsync) {
    switch (this.#how(request, step)) {
      case 'throws': throw new Refused(`${this.#outcome(request).at} threw`.replace('teardown', 'it'))
      case 'answers': return reply.code(403).send({ says: this.#outcome(request).at })
      case 'exits': return process.exit(3)
      case 'waits': return isAsync ? this.record.wait(request.query.request) : this.record.waitHere(request.query.request)
      default: return undefined
    }
  }

  begin (request, reply) {
    this.note(request, this.name === 'handler' ? 'handle' : `open ${this.name}`)
    if (this.mayAsk) reply.background(() => this.note(request, `background of ${this.name}`))
  }

  commit (request) {
    this.note(request, `${this.name} commits`)
  }

  rollBack (request, error) {
    this.note(request, `${this.name} rolls back: ${labelOf(error)}`)
    const { replaces, isSwallowed } = this.#outcome(request)
    if (this.name !== 'it') throw error
    if (replaces !== undefined) throw new Refused(replaces)
    if (isSwallowed !== true) throw error
  }

  answer ({ query }) {
    const { record } = this
    if (outcomes[query.outcome].isStream !== true && query.outcome !== 'the stream breaks early') return { says: 'ok' }
    return Readable.from((async function * () {
      if (query.outcome === 'the stream breaks early') throw new Refused('stream broke')
      yield '{ "says":'
      await record.wait(query.request)
      if (query.outcome === 'the stream breaks late') throw new Refused('stream broke')
      if (query.outcome.startsWith('the client goes')) return
      record.note(query.request, 'streamed')
      yield '"ok" }'
    })())
  }
}

const kinds = {
  plain: (part) => (request, _needs, reply) => {
    part.begin(request, reply)
    return part.act(request, reply, 'open', false)
  },
  generator: (part) => function * (request, _needs, reply) {
    part.begin(request, reply)
    if (part.act(request, reply, 'open', false) === reply) return reply
    try {
      yield part.name
    } catch (error) {
      return part.rollBack(request, error)
    }
    part.act(request, reply, 'end', false)
    part.commit(request)
  },
  'async generator': (part) => async function * (request, _needs, reply) {
    part.begin(request, reply)
    const acted = part.act(request, reply, 'open', true)
    if (acted === reply) return reply
    await acted
    try {
      yield part.name
    } catch (error) {
      return part.rollBack(request, error)
    }
    await part.act(request, reply, 'end', true)
    part.commit(request)
  }
}

const handlers = {
  sync: (part) => (request, reply) => {
    part.begin(request, reply)
    part.act(request, reply, 'handle', false)
    return part.answer(request)
  },
  async: (part) => async (request, reply) => {
    part.begin(request, reply)
    await part.act(request, reply, 'handle', true)
    return part.answer(request)
  }
}

function labelOf (error) {
  return String(error?.code).startsWith('FST_') ? error.code : error?.message ?? String(error)
}
