/*
 * The state of a run, as its events tell it: moments are ms since its beginning.
 */

/** Who asks for longer than this has not been answered at once. */
export const promptly = 100

export class Progress {
  /** By the number of an order. */
  orders = []
  /** Questions for the menu that were answered. */
  questions = []

  constructor (settings) {
    this.settings = settings
    const { customers } = settings
    this.customers = Array.from({ length: customers }, () => ({ burgers: 0, missed: 0, order: undefined }))
  }

  add (events) {
    for (const event of events) this.#addEvent(event)
  }

  #addEvent ({ step, at, order: number, customer, thread, took }) {
    if (step === 'menu') {
      this.questions.push({ asked: at, took })
      return
    }
    // Kitchens and customers tell by different ways, so either may come first.
    const order = this.orders[number] ??= {}
    if (thread !== undefined) order.thread = thread
    order[step] = at
    if (step === 'ordered') {
      order.customer = customer
      this.customers[customer].order = order
    }
    if (step === 'served') this.customers[order.customer].burgers++
    if (step === 'missed') this.customers[order.customer].missed++
  }

  /** Orders that have not been answered. */
  get open () {
    return this.orders.filter((order) => order.served === undefined && order.missed === undefined)
  }

  get queued () {
    return this.open.filter(({ begun }) => begun === undefined)
  }

  get waiting () {
    return this.open.filter(({ begun, cooking }) => begun !== undefined && cooking === undefined)
  }

  get cooking () {
    return this.open.filter(({ cooking }) => cooking !== undefined)
  }

  /** Ids of threads, in the order in which they have begun. */
  get threads () {
    return [...new Set(this.orders.map(({ thread }) => thread).filter((thread) => thread !== undefined))]
  }

  /** The orders that a thread has begun. */
  holdsOf (thread) {
    return this.open.filter((order) => order.thread === thread && order.begun !== undefined)
  }

  /** The same as the server's result, as far as the run has come. */
  measure () {
    const served = this.orders.filter((order) => order.served !== undefined)
    const times = served.map(({ ordered, served }) => served - ordered).sort((one, other) => one - other)
    const took = Math.max(0, ...served.map(({ served }) => served))
    return {
      ordered: this.orders.length,
      served: served.length,
      took,
      perSecond: took > 0 ? 1000 * served.length / took : 0,
      wait: { p50: times[Math.floor(times.length / 2)] ?? 0, longest: times.at(-1) ?? 0 },
      menu: { longest: Math.max(0, ...this.questions.map(({ took }) => took)) }
    }
  }
}
