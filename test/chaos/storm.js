import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'
import { Agent } from 'undici'
import { actions } from './actions.js'
import { checkLedger } from './ledger.js'

const clients = 12
const server = fileURLToPath(new URL('server.js', import.meta.url))
const total = actions.reduce((sum, { weight }) => sum + weight, 0)

/** Clients that do to one server what a seed says, and what has come of it. */
export class Storm {
  url
  agent
  /** From the signal on, a server may refuse. */
  isClosing = false
  counts = {}
  failures = []
  /** Status that the client has got, by mark. */
  outcomes = new Map()
  #folder = mkdtempSync(join(tmpdir(), 'chaos-'))
  #journal = join(this.#folder, 'journal')
  #server
  #marks = 0
  #late = 0
  #lost = 0
  #seed

  constructor (seed) {
    this.#seed = seed
  }

  async start () {
    this.#server = fork(server, [this.#journal], { execArgv: ['--expose-gc'] })
    this.agent = createAgent();
    [this.url] = await once(this.#server, 'message')
  }

  /** Resolves when every client has come to the end of what it did at that time. */
  async rage (seconds) {
    const end = performance.now() + seconds * 1_000
    await Promise.all(Array.from({ length: clients }, (_, client) => this.#act(client, () => performance.now() < end)))
  }

  /** What the server has, once it is at rest and nobody is connected. */
  async calm () {
    await this.agent.close()
    this.agent = createAgent()
    this.#server.send('examine')
    const [state] = await once(this.#server, 'message')
    this.#check(true)
    return state
  }

  /** Tells the server to end while it is being asked. Gives its exit code, or the signal that ended it. */
  async end (signals) {
    let isUp = true
    const exited = once(this.#server, 'exit').finally(() => { isUp = false })
    const raging = Promise.all(Array.from({ length: clients }, (_, client) => this.#act(client, () => isUp)))
    while (this.#marks % 100 !== 0) await new Promise(setImmediate)
    this.isClosing = true
    for (let time = 0; time < signals; time++) this.#server.kill('SIGTERM')
    const [code, signal] = await exited
    await raging
    await this.agent.destroy()
    this.#check(code === 0)
    return code ?? signal
  }

  kill () {
    this.#server.kill('SIGKILL')
    rmSync(this.#folder, { recursive: true, force: true })
  }

  #check (isOver) {
    checkLedger(this.#journal, this.outcomes, isOver, (holds, what) => this.assert(holds, what))
    // Once is enough.
    writeFileSync(this.#journal, '')
    this.outcomes.clear()
  }

  mark () {
    return `${this.#seed}-${++this.#marks}`
  }

  /** A request that was touched by what an answered one did to their thread. */
  mayLose () {
    return ++this.#lost <= this.#late
  }

  count (what) {
    this.counts[what] = (this.counts[what] ?? 0) + 1
  }

  assert (holds, what) {
    if (!holds) this.failures.push(what)
  }

  async #act (client, goesOn) {
    const generator = xoroshiro128plus(this.#seed + client)
    const random = () => uniformFloat64(generator)
    // Its first numbers hardly depend on the seed: all would begin with the same.
    for (let skipped = 0; skipped < 8; skipped++) random()
    while (goesOn()) {
      const action = choose(random() * total)
      if (action.isLate === true) this.#late++
      try {
        await action.run(this, random)
      } catch (error) {
        // A server that ends closes its connections.
        if (!this.isClosing) this.failures.push(`${action.name}: ${error.stack}`)
      }
    }
  }
}

/** With fewer connections than wait for a busy server to accept them, by default 511: the system resets others at some time. */
function createAgent () {
  return new Agent({ keepAliveTimeout: 5_000, connections: 256 })
}

function choose (at) {
  for (const action of actions) {
    at -= action.weight
    if (at < 0) return action
  }
  return actions[0]
}
