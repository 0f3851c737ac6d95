import { setMaxListeners } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import { parentPort } from 'node:worker_threads'
import { Client, Pool } from 'undici'
import { measureSpeed, now } from './cook.js'
import { summarize } from './summarize.js'

/*
 * The customers: HTTP clients in a thread of their own. A browser opens six connections to a server at most,
 * and on the loop their clocks would stand still with it. Each run is one message; what the customers see is
 * told as it happens, and summed up at the end.
 */

/** How many burgers a customer orders, one after the other. */
const burgersEach = 3

/** ms after which nobody orders any more, and ms after which whoever still waits leaves. */
const lastOrders = 10_000
const patience = 20_000

/** ms between two questions for the menu. */
const menuInterval = 50

/** @type {number | undefined} */
let speed

parentPort.on('message', async (run) => {
  try {
    parentPort.postMessage({ type: 'end', result: await visit(run) })
  } catch (error) {
    parentPort.postMessage({ type: 'failed', message: String(error) })
  }
})

async function visit ({ origin, prefix, settings }) {
  speed ??= measureSpeed()
  const { kitchen, customers, cooks, waiting, cooking } = settings
  const path = `${prefix}/kitchens/${kitchen}${kitchen === 'threads' ? `/${cooks}` : ''}`
  const recipe = { waiting, cooking, rounds: Math.round(cooking * speed) }
  // Each has a connection of its own.
  const clients = Array.from({ length: customers }, () => new Client(origin))
  const passerBy = new Client(origin)
  const everybody = [...clients, passerBy]

  // Opens the connections.
  await Promise.all(everybody.map((client) => askForMenu(client)))
  if (kitchen === 'threads') await awaitCooks()

  const signal = AbortSignal.timeout(patience)
  setMaxListeners(0, signal)
  const began = now()
  parentPort.postMessage({ type: 'begin', at: began })
  /** @type {import('./summarize.js').Order[]} */
  const orders = []
  /** @type {import('./summarize.js').Question[]} */
  const questions = []
  const all = Promise.all(clients.map((client, customer) => eat(client, customer)))
  await Promise.all([all, askWhile(all)])
  await Promise.all(everybody.map((client) => client.destroy()))
  return summarize(orders, questions)

  async function eat (client, customer) {
    for (let burger = 0; burger < burgersEach && now() - began < lastOrders; burger++) {
      const order = orders.length
      const ordered = now()
      orders.push({ ordered, answered: undefined, answer: undefined })
      tell({ step: 'ordered', at: ordered, order, customer })
      const answer = await post(client, { order, ...recipe }, signal)
      const answered = now()
      orders[order] = { ordered, answered, answer }
      tell({ step: answer === undefined ? 'missed' : 'served', at: answered, order, thread: answer?.thread })
    }
  }

  /** Gives undefined if the burger was refused, or had not come when the customers left. */
  async function post (client, order, signal) {
    try {
      const { statusCode, body } = await client.request({
        method: 'POST',
        path,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(order),
        signal
      })
      if (statusCode === 200) return await body.json()
      await body.dump()
    } catch (error) {
      if (!signal.aborted) throw error
    }
  }

  /** Has those threads boot that are not there yet: a run is not to measure how long that takes. */
  async function awaitCooks () {
    const client = new Pool(origin)
    const signal = AbortSignal.timeout(patience)
    const threads = new Set()
    const nothing = { order: 0, waiting: 10, cooking: 0, rounds: 0 }
    while (threads.size < cooks) {
      const answers = Array.from({ length: cooks }, () => post(client, nothing, signal))
      for (const answer of await Promise.all(answers)) if (answer !== undefined) threads.add(answer.thread)
      if (signal.aborted) throw new Error('not all cooks have come to work')
    }
    await client.destroy()
  }

  async function askWhile (all) {
    const over = new AbortController()
    all.finally(() => over.abort()).catch(() => {})
    while (!over.signal.aborted) {
      const asked = now()
      await askForMenu(passerBy)
      const answered = now()
      questions.push({ asked, answered })
      tell({ step: 'menu', at: asked, took: answered - asked })
      await setTimeout(Math.max(0, menuInterval - (answered - asked)))
    }
  }

  async function askForMenu (client) {
    const { statusCode, body } = await client.request({ method: 'GET', path: `${prefix}/menu` })
    await body.dump()
    if (statusCode !== 200) throw new Error(`the menu was answered ${statusCode}`)
  }
}

function tell (event) {
  parentPort.postMessage({ type: 'event', event })
}
