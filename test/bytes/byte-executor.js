import { deserialize, serialize } from 'node:v8'
import { Worker } from 'node:worker_threads'
import { EventLog } from '../../dist/event-log.js'
import { settledWithin } from '../../dist/promises.js'
import { toBootError } from '../../dist/threads/boot-error.js'
import { AbortReason } from '../../dist/wire/abort-reason.js'
import { deserializeError } from '../../dist/wire/error.js'
import { isLast } from '../../dist/wire/messages.js'
import { workerDataKey } from '../../dist/wire/worker-data.js'

/*
 * An executor that speaks to its workers by bytes alone, as one on another machine would: no shared memory, no transfer,
 * no ports in messages. It stands in the place of the thread pool, see hooks.js. It prefetches nothing.
 */

export class ThreadPool {
  events = new EventLog()
  #workers = new Set()
  #workerData
  #settings
  #log
  #announced = new Map()
  #onCapacity = () => {}
  #check = () => {}
  #onLog = () => {}
  #onCall = () => {}
  #isClosing = false
  #killed = 0

  constructor (workerData, settings, log) {
    this.#workerData = workerData
    this.#settings = settings
    this.#log = log
    this.capacity = settings.pool.maxThreads * settings.pool.concurrentTasksPerWorker
  }

  async start () {
    const workers = Array.from({ length: this.#settings.pool.minThreads }, () => this.#add())
    try {
      return await Promise.all(workers.map(({ booted }) => booted))
    } catch (error) {
      for (const worker of this.#workers) worker.terminate()
      throw toBootError(this.#workerData.module, error)
    }
  }

  open (task, _mayPrefetch, waiting) {
    const live = [...this.#workers].filter(({ state }) => state === 'live')
    const free = live.find(({ running }) => running < this.#settings.pool.concurrentTasksPerWorker)
    if (free !== undefined) return free.open(task)
    if (waiting > [...this.#workers].filter(({ state }) => state === 'starting').length) this.#grow()
    return undefined
  }

  async whenBegun () {}
  expireBoot () {}
  onBoot (check) { this.#check = check }
  onCapacity (callback) { this.#onCapacity = callback }
  onLog (callback) { this.#onLog = callback }
  onCall (callback) { this.#onCall = callback }

  announce (announcement) {
    this.#announced.set(announcement.type, announcement)
    for (const worker of this.#workers) worker.post({ announcement })
  }

  stats () {
    const count = (state) => [...this.#workers].filter((worker) => worker.state === state).length
    const busy = [...this.#workers].filter(({ state, running }) => state === 'live' && running > 0).length
    return { starting: count('starting'), live: count('live'), busy, retired: 0, exiting: count('exiting'), killed: this.#killed, retirements: 0, recycled: 0, heapsUsed: [], boots: 0, failedBoots: 0, bootTime: 0 }
  }

  readWorkers () { return [] }
  onRun () {}

  async close () {
    const { grace } = this.#settings
    this.#isClosing = true
    const workers = [...this.#workers]
    const idle = Promise.all(workers.map((worker) => worker.whenIdle()))
    await settledWithin(grace, idle)
    for (const worker of workers) worker.abortAll(AbortReason.closing)
    await settledWithin(grace, idle)
    for (const worker of workers) worker.post({ close: true })
    await settledWithin(grace, Promise.all(workers.map(({ exited }) => exited)))
    await Promise.all(workers.map((worker) => worker.terminate()))
  }

  #grow () {
    if (this.#isClosing || this.#workers.size >= this.#settings.pool.maxThreads) return
    this.#add().booted.then((report) => {
      this.#check(report)
      this.#onCapacity()
    }).catch(() => {})
  }

  #add () {
    const worker = new ByteWorker(this.#workerData, this.#settings, {
      logged: (line) => this.#onLog(line),
      called: (call) => this.#onCall(call),
      failed: (error) => this.#log.error({ err: error }, 'fastify-blocking: error in a worker outside of any request'),
      freed: () => this.#onCapacity(),
      killed: () => { this.#killed++ },
      replace: () => this.#grow()
    })
    this.#workers.add(worker)
    for (const announcement of this.#announced.values()) worker.post({ announcement })
    worker.exited.then(() => {
      this.#workers.delete(worker)
      if (this.#workers.size < this.#settings.pool.minThreads && worker.hasBooted) this.#grow()
      this.#onCapacity()
    })
    return worker
  }
}

class ByteWorker {
  state = 'starting'
  hasBooted = false
  grace
  sessions = new Map()
  #lastId = 0
  #worker
  #events
  #onIdle = []
  #error

  constructor (workerData, { pool, bootTimeout, grace }, events) {
    const { env, argv, execArgv, resourceLimits } = pool
    this.grace = grace
    this.#events = events
    this.#worker = new Worker(new URL('./byte-worker.js', import.meta.url), {
      workerData: { [workerDataKey]: workerData },
      ...(env && { env }),
      ...(argv && { argv }),
      ...(execArgv && { execArgv }),
      ...(resourceLimits && { resourceLimits })
    })
    this.booted = new Promise((resolve, reject) => {
      // Without the option a boot has no limit of its own; setTimeout() would take undefined for 1 ms.
      const timer = bootTimeout === undefined
        ? undefined
        : setTimeout(() => reject(new Error('it did not boot')), bootTimeout)
      const end = (settle, value) => {
        clearTimeout(timer)
        settle(value)
      }
      this.onBooted = (report) => {
        this.hasBooted = true
        if (this.state === 'starting') this.state = 'live'
        if (this.sessions.size === 0) this.#worker.unref()
        end(resolve, report)
      }
      this.onBootFailed = (error) => end(reject, error)
    })
    this.booted.catch(() => {})
    this.#worker.on('message', (bytes) => this.#receive(deserialize(bytes)))
    this.#worker.on('error', (error) => {
      this.#error = error
      if (this.sessions.size === 0 && this.hasBooted) events.failed(error)
    })
    this.exited = new Promise((resolve) => {
      this.#worker.once('exit', (code) => {
        this.state = 'exiting'
        const cause = this.#error ?? new Error(`it exited with code ${code}`)
        this.onBootFailed(cause)
        for (const session of [...this.sessions.values()]) session.lose({ isStarted: session.isStarted, cause })
        this.#resolveIdle()
        resolve()
      })
    })
  }

  /** Sessions that take a place. */
  get running () {
    return new Set([...this.sessions.values()].map(({ root }) => root)).size
  }

  post (message) {
    try {
      this.#worker.postMessage(serialize(message))
    } catch (error) {
      throw new DOMException(error.message, 'DataCloneError')
    }
  }

  open (task) {
    const session = new ByteSession(++this.#lastId, undefined, task, this)
    session.start()
    this.#add(session, task)
    return session
  }

  nest (outer, task) {
    const session = new ByteSession(++this.#lastId, outer, task, this)
    this.#add(session, task)
    return session
  }

  #add (session, task) {
    const envelope = { session: session.id, open: task.open(), outer: session.outer?.id }
    try {
      this.post(envelope)
    } catch (error) {
      task.repair(error)
      this.post(envelope)
    }
    this.sessions.set(session.id, session)
    this.#worker.ref()
  }

  abortAll (reason) {
    for (const session of this.sessions.values()) session.abort(reason)
  }

  async whenIdle () {
    if (this.sessions.size > 0) await new Promise((resolve) => { this.#onIdle.push(resolve) })
  }

  ended (session) {
    this.sessions.delete(session.id)
    if (this.sessions.size > 0) return
    this.#worker.unref()
    this.#resolveIdle()
  }

  #resolveIdle () {
    for (const resolve of this.#onIdle.splice(0)) resolve()
  }

  kill () {
    this.#events.killed()
    this.terminate()
  }

  replace () {
    this.#events.replace()
  }

  async terminate () {
    this.state = 'exiting'
    await this.#worker.terminate()
  }

  #receive (message) {
    if (message.booted !== undefined) return this.onBooted(message.booted)
    if (message.failed !== undefined) return this.onBootFailed(deserializeError(message.failed))
    if (message.error !== undefined) return this.#events.failed(deserializeError(message.error))
    if (message.line !== undefined) return this.#events.logged(message.line)
    if (message.call !== undefined) return this.#events.called(this.#incoming(message))
    const session = this.sessions.get(message.session)
    if (session === undefined) return
    if (message.started) session.isStartedThere = true
    else if (message.complete) session.decide()
    else if (!isLast(message.message)) session.receive(message.message)
    else {
      const isNested = session.outer !== undefined
      session.end(message.message)
      if (isNested) this.#events.freed()
    }
  }

  #incoming ({ call, session: id }) {
    const session = this.sessions.get(id)
    return {
      call,
      isSync: false,
      session,
      scope: session?.task,
      respond: (outcome) => this.post({ result: { type: 'loopCallResult', id: call.id, outcome } })
    }
  }
}

class ByteSession {
  isGivenUp = false
  isStarted = false
  /** The worker has said so. */
  isStartedThere = false
  #decision = 0
  #isCompleting = false
  #timer

  constructor (id, outer, task, worker) {
    this.id = id
    this.outer = outer
    this.task = task
    this.worker = worker
  }

  get root () {
    return this.outer === undefined ? this.id : this.outer.root
  }

  get isOpen () {
    return this.task !== undefined
  }

  start () {
    this.isStarted = true
    this.task.started()
  }

  send (message) {
    if (this.isOpen) this.worker.post({ session: this.id, message })
  }

  nest (task) {
    return this.worker.nest(this, task)
  }

  abort (reason) {
    if (!this.isOpen) return true
    this.worker.post({ session: this.id, abort: reason, isDecided: !this.#isCompleting })
    if (this.#isCompleting) return false
    this.#decision ||= reason
    return true
  }

  terminate (reason) {
    if (!this.isOpen) return
    this.#isCompleting = false
    this.abort(reason)
    this.worker.replace()
    this.#timer ??= setTimeout(() => this.worker.kill(), this.worker.grace)
  }

  complete () {
    if (this.isOpen && this.#decision === 0) this.#isCompleting = true
    return this.isOpen ? this.#decision : 0
  }

  /** The worker asks whether the visit may end without an error. */
  decide () {
    this.worker.post({ session: this.id, decision: this.complete() })
  }

  withdraw () {
    return false
  }

  recycle () {}

  receive (message) {
    this.task.message(message)
  }

  end (message) {
    this.#settle().ended(message)
  }

  lose ({ cause }) {
    this.#settle()?.lost({ isStarted: this.isStartedThere || this.outer !== undefined, cause })
  }

  #settle () {
    const { task } = this
    this.task = undefined
    clearTimeout(this.#timer)
    this.worker.ended(this)
    return task
  }
}
