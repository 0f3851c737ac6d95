import { randomUUID } from 'node:crypto'
import { EventEmitter } from 'node:events'
import { Worker } from 'node:worker_threads'
import createError from '@fastify/error'
import { now } from './cook.js'

const RunGoingOn = createError('BURGERS_RUN_GOING_ON', 'A run is going on; it ends by itself', 409)

/** ms between two messages to the pages. A timer sends them, so that a loop which is held sends none. */
const newsInterval = 100

/**
 * One run at a time, whoever has started it. Emits `news` with a name and data for all pages:
 * `begin`, then `news` with what has happened since the last one, then `end`.
 */
export class Runs extends EventEmitter {
  /** @type {Worker | undefined} */
  #customers
  #current
  #count = 0
  /** The last run of each kitchen, with all that has happened in it. */
  #last = new Map()

  /** The last runs, oldest first, and the current one, which has no result yet. */
  get all () {
    const runs = [...this.#last.values(), ...(this.#current === undefined ? [] : [this.#current])]
    return runs.map(({ number, settings, events, result, began = now() }) =>
      ({ number, settings, events, result, at: now() - began }))
  }

  /** `origin` and `prefix`: where the customers order. */
  start (settings, origin, prefix) {
    if (this.#current !== undefined) throw new RunGoingOn()
    const number = ++this.#count
    const timer = setInterval(() => this.#sendNews(), newsInterval)
    const key = randomUUID()
    this.#current = { number, key, settings, events: [], sent: 0, began: undefined, timer }
    this.emit('news', 'begin', { number, settings })
    this.#customers ??= this.#invite()
    this.#customers.postMessage({ origin, prefix, settings, key })
    return number
  }

  /** The kitchens, on whichever thread they are, tell each step; `key` is that of the order's run. */
  noteStep ({ key, ...event }) {
    // Somebody else may order too, and an order may be prepared though its customer has left.
    if (key === this.#current?.key) this.#note(event)
  }

  async close () {
    clearInterval(this.#current?.timer)
    await this.#customers?.terminate()
  }

  #invite () {
    const customers = new Worker(new URL('customers.js', import.meta.url), { name: 'customers' })
    customers.unref()
    customers.on('message', (message) => this.#receive(message))
    customers.on('error', (error) => this.#end({ error: String(error) }))
    customers.on('exit', () => {
      this.#customers = undefined
      if (this.#current !== undefined) this.#end({ error: 'the customers have gone' })
    })
    return customers
  }

  #receive (message) {
    switch (message.type) {
      case 'begin': this.#current.began = message.at; break
      case 'event': this.#note(message.event); break
      case 'end': this.#end({ result: message.result }); break
      case 'failed': this.#end({ error: message.message })
    }
  }

  #note (event) {
    const { began, events } = this.#current
    events.push({ ...event, at: round(event.at - began) })
  }

  #sendNews () {
    const { number, events, sent } = this.#current
    this.#current.sent = events.length
    this.emit('news', 'news', { number, events: events.slice(sent) })
  }

  #end (outcome) {
    const run = this.#current
    if (run === undefined) return
    clearInterval(run.timer)
    this.#sendNews()
    this.#current = undefined
    if (outcome.result !== undefined) {
      run.result = outcome.result
      this.#last.delete(run.settings.kitchen)
      this.#last.set(run.settings.kitchen, run)
    }
    this.emit('news', 'end', { number: run.number, ...outcome })
  }
}

function round (time) {
  return Math.round(10 * time) / 10
}
