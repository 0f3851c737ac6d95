import { setMaxListeners } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import { parentPort } from 'node:worker_threads'
import { Client, Pool } from 'undici'
import { measureSpeed, now } from './cook.js'
import { burgersEach, lastOrders, patience } from './page/rules.js'
import { summarize } from './summarize.js'

/*
 * The customers: HTTP clients in a thread of their own. A browser opens six connections to a server at most,
 * and on the loop their clocks would stand still with it. Each run is one message; what the customers see is
 * told as it happens, and summed up at the end.
 */

/** ms between two questions for the menu. */
const menuInterval = 50

/** ms after which a run is given up whose cooks are not there: threads boot before the customers order. */
const bootPatience = 120_000

/** @type {number | undefined} */
let speed

parentPort.on('message', async ({ origin, prefix, settings, key }) => {
  const run = new Run(origin, prefix, settings, key)
  try {
    parentPort.postMessage({ type: 'end', result: await run.go() })
  } catch (error) {
    parentPort.postMessage({ type: 'failed', message: String(error) })
  } finally {
    await run.leave()
  }
})

class Run {
  #cooks
  #menu
  #staff
  #path
  #recipe
  /** One for each customer, with a connection of its own. */
  #clients
  #passerBy
  #pool
  #began
  #signal
  /** @type {import('./summarize.js').Order[]} */
  #orders = []
  /** @type {import('./summarize.js').Question[]} */
  #questions = []

  constructor (origin, prefix, { kitchen, customers, cooks, waiting, cooking }, key) {
    speed ??= measureSpeed()
    this.#cooks = kitchen === 'threads' ? cooks : 0
    this.#menu = `${prefix}/menu`
    this.#staff = `${prefix}/staff`
    this.#path = `${prefix}/kitchens/${kitchen}${kitchen === 'threads' ? `/${cooks}` : ''}`
    this.#recipe = { key, waiting, cooking, rounds: Math.round(cooking * speed) }
    this.#clients = Array.from({ length: customers }, () => new Client(origin))
    this.#passerBy = new Client(origin)
    this.#pool = new Pool(origin)
  }

  async go () {
    // Opens the connections.
    await Promise.all([...this.#clients, this.#passerBy].map((client) => this.#askForMenu(client)))
    await this.#awaitCooks()
    this.#signal = AbortSignal.timeout(patience)
    setMaxListeners(0, this.#signal)
    this.#began = now()
    parentPort.postMessage({ type: 'begin', at: this.#began })
    const all = Promise.all(this.#clients.map((client, customer) => this.#eat(client, customer)))
    await Promise.all([all, this.#askWhile(all)])
    return summarize(this.#orders, this.#questions)
  }

  async leave () {
    await Promise.all([...this.#clients, this.#passerBy, this.#pool].map((client) => client.destroy()))
  }

  /** Has those threads boot that are not there yet: a run is not to measure how long that takes. */
  async #awaitCooks () {
    const signal = AbortSignal.timeout(bootPatience)
    const threads = new Set()
    while (threads.size < this.#cooks) {
      const answers = Array.from({ length: this.#cooks }, () =>
        this.#request(this.#pool, { method: 'GET', path: this.#staff }, signal))
      for (const answer of await Promise.all(answers)) if (answer !== undefined) threads.add(answer.thread)
      if (signal.aborted) throw new Error('not all cooks have come to work')
    }
  }

  async #eat (client, customer) {
    for (let burger = 0; burger < burgersEach && now() - this.#began < lastOrders; burger++) {
      const order = this.#orders.length
      const ordered = now()
      this.#orders.push({ ordered, answered: undefined, answer: undefined })
      tell({ step: 'ordered', at: ordered, order, customer })
      const answer = await this.#request(client, {
        method: 'POST',
        path: this.#path,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ order, ...this.#recipe })
      }, this.#signal)
      const answered = now()
      this.#orders[order] = { ordered, answered, answer }
      tell({ step: answer === undefined ? 'missed' : 'served', at: answered, order, thread: answer?.thread })
    }
  }

  /** Gives undefined if the server refused, or had not answered when the signal came. */
  async #request (client, request, signal) {
    try {
      const { statusCode, body } = await client.request({ ...request, signal })
      if (statusCode === 200) return await body.json()
      await body.dump()
    } catch (error) {
      if (!signal.aborted) throw error
    }
  }

  async #askWhile (all) {
    const over = new AbortController()
    all.finally(() => over.abort()).catch(() => {})
    while (!over.signal.aborted) {
      const asked = now()
      await this.#askForMenu(this.#passerBy)
      const answered = now()
      this.#questions.push({ asked, answered })
      tell({ step: 'menu', at: asked, took: answered - asked })
      await setTimeout(Math.max(0, menuInterval - (answered - asked)))
    }
  }

  async #askForMenu (client) {
    const { statusCode, body } = await client.request({ method: 'GET', path: this.#menu })
    await body.dump()
    if (statusCode !== 200) throw new Error(`the menu was answered ${statusCode}`)
  }
}

function tell (event) {
  parentPort.postMessage({ type: 'event', event })
}
