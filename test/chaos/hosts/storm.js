import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { NatsServer } from '../../support/nats-server.js'
import { actions, unbegun } from './clients.js'
import { faults } from './faults.js'
import { heal } from './heal.js'
import { checkJournal } from './journal.js'
import { Link } from './link.js'
import { Host, Server } from './processes.js'
import { choose, createRandom } from '../../support/random.js'

/** Of each server. */
const clients = 6
const threads = 2
const faultsAtOnce = 3
const stranger = 'stranger'

/** Two servers, three worker hosts, a host of another version and a broker, to which happens what a seed says. */
export class Storm {
  counts = {}
  failures = []
  servers = []
  hosts = []
  links = []
  brokers = [new NatsServer()]
  #folder = mkdtempSync(join(tmpdir(), 'storm-'))
  #journal = join(this.#folder, 'journal')
  #answers = new Map()
  #ids = 0
  #stranger
  #seed
  #tell
  #healing
  #begin = performance.now()
  #random

  /** `tell` is told of each fault and failure at once. `healing`: ms after the last fault within which all must work again. */
  constructor (seed, tell, healing) {
    this.#healing = healing
    this.#seed = seed
    this.#tell = tell
    this.#random = createRandom(seed)
  }

  async start () {
    await this.brokers[0].start()
    for (const name of ['server 1', 'server 2']) this.servers.push(new Server(name, this, await this.#link(name)))
    const hasBuilt = (line) => line.includes(' is built; threads: ')
    for (const name of ['host 1', 'host 2', 'host 3']) {
      this.hosts.push(new Host(name, this, await this.#link(name), hasBuilt, '--threads', String(threads)))
    }
    const isRefused = (line) => line.includes('gets no requests of it')
    this.#stranger = new Host(stranger, this, await this.#link(stranger), isRefused, '--threads', '1', '--version', 'another')
    await Promise.all([...this.servers, ...this.hosts, this.#stranger].map((process) => process.start()))
  }

  /** Returns variables for a process. */
  async #link (name) {
    const link = new Link(this.brokers[0].port)
    link.name = name
    this.links.push(link)
    return { BROKER: await link.open(), JOURNAL: this.#journal }
  }

  /** Faults for a time, then a look at whether all is healed and nothing was begun wrongly. */
  async rage (seconds) {
    const end = performance.now() + seconds * 1_000
    const calm = new AbortController()
    const asked = this.servers.flatMap((server, at) => Array.from({ length: clients }, async (_, client) => {
      const random = createRandom(this.#seed * 1_000 + this.#ids + at * 100 + client)
      while (!calm.signal.aborted) {
        // What it asks a server that is down says nothing.
        if (!server.isDown) await choose(actions, random).run(this, server, random)
        await delay(random() * 60)
      }
    }))
    await this.#break(end)
    calm.abort()
    await heal(this, { slots: threads, healing: this.#healing, asked: Promise.all(asked) })
    this.count('begun', checkJournal(this.#journal, this.#answers, { stranger, unbegun, assert: (holds, what) => this.assert(holds, what) }))
    rmSync(this.#journal, { force: true })
    this.#answers.clear()
  }

  /** Resolves when all that was broken works again. */
  async #break (end) {
    const busy = new Set()
    const pending = new Set()
    while (performance.now() < end) {
      // All is drawn before anything is done, so that a seed gives the same faults on any machine.
      const { name, of, lengths: [shortest, longest], run } = choose(faults, this.#random)
      const target = this[of][Math.floor(this.#random() * this[of].length)]
      const ms = shortest + this.#random() * (longest - shortest)
      const gap = 100 + this.#random() * 1_500
      if (busy.has(target)) continue
      busy.add(target)
      this.note(`${name}${target.name === undefined ? '' : `, ${target.name}`}, ${Math.round(ms)} ms`)
      this.count(name)
      const fault = run(target, ms, this).then(() => {
        busy.delete(target)
        pending.delete(fault)
        this.note(`over: ${name}${target.name === undefined ? '' : `, ${target.name}`}`)
      })
      pending.add(fault)
      if (pending.size >= faultsAtOnce) await Promise.race(pending)
      await delay(gap)
    }
    await Promise.all(pending)
  }

  /** Tells all to leave. */
  async end () {
    for (const process of [...this.servers, ...this.hosts, this.#stranger]) {
      const code = await process.end('SIGTERM')
      this.assert(code === 0, `${process.name} has left with ${code}`)
    }
  }

  async kill () {
    for (const process of [...this.servers, ...this.hosts, this.#stranger, ...this.brokers]) {
      if (process?.isRunning) await process.end('SIGKILL')
    }
    for (const link of this.links) link.close()
    rmSync(this.#folder, { recursive: true, force: true })
  }

  createId () {
    return `${this.#seed}-${++this.#ids}`
  }

  answered (id, answer) {
    this.#answers.set(id, answer)
  }

  count (what, times = 1) {
    this.counts[what] = (this.counts[what] ?? 0) + times
  }

  note (what) {
    this.#tell(`${((performance.now() - this.#begin) / 1_000).toFixed(3)} ${what}`)
  }

  fail (what) {
    this.failures.push(`seed ${this.#seed}, ${((performance.now() - this.#begin) / 1_000).toFixed(3)} s: ${what}`)
    this.note(`FAILURE: ${what}`)
  }

  assert (holds, what) {
    if (!holds) this.fail(what)
  }
}
