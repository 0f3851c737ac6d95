import { EventEmitter } from 'node:events'
import { CalledTooEarly, NotCloneable } from '../../errors.js'
import { crosses, locateUncloneable } from '../../wire/cloneable.js'
import type { LogChild, LogFacts, LogLine, LogOrder } from '../../wire/log-messages.js'
import type { LogValue } from '../../wire/log-value.js'
import type { LogLevels } from '../../wire/worker-data.js'
import type { WorkerSession } from '../session.js'
import { createLevels, extendLevels, type Levels, silent } from './log-levels.js'
import { encodeLogArgument, findReferred, type Serializers, toCloneableLine } from './log-line.js'
import type { WorkerVisit } from './visit.js'

/** Calls of loggers to the loop, see functions/loop-calls.ts. */
export interface LoggerCalls {
  askLogger (line: LogLine, session: WorkerSession | undefined): LogFacts
  flushLogger (line: LogLine, session: WorkerSession | undefined): Promise<void>
}

/** What the loggers of a worker have in common. */
interface LoggerContext {
  facts: LogLevels
  calls: LoggerCalls
  /** Whether the app has been built. */
  isReady (): boolean
  /** Whether somebody has replaced the method of the loop's logger. */
  isReplaced (method: string, visit: WorkerVisit | undefined): boolean
  /** Sends the line to the loop. */
  write (line: LogLine, visit: WorkerVisit | undefined): void
}

/** The members of a logger that are not pino's. */
export interface Logger {
  /** Writes a line by a method of this name. */
  send (method: string, parts: unknown[]): void
  followLevel (level: string): void
}

type CreateLogger = (visit: WorkerVisit | undefined, level: string) => Logger

interface ChildOptions {
  level?: string
  serializers?: Serializers
  customLevels?: Record<string, number>
}

/** State of a logger, which its children inherit: where the lines go. */
interface State {
  readonly visit: WorkerVisit | undefined
  readonly children: readonly LogChild[]
  /** Serializers given to child() in the worker: functions cannot cross. */
  readonly serializers: Serializers
  /**
   * Bindings set on the loop's logger. Lines after the visit repeat them, since that logger is gone with the
   * visit.
   */
  set?: LogChild[]
  level: string
  /** Whether the level was set in the worker. */
  isOwn: boolean
}

const key = Symbol('fastify-blocking.log')
const table = Symbol('fastify-blocking.levels')

/**
 * Defines the class of a worker's loggers, which has the API of pino, and returns a function that makes one.
 * Facts that the loop alone knows, such as bindings, are requested when they are read.
 */
export function defineLogger ({ facts, calls, isReady, isReplaced, write }: LoggerContext): CreateLogger {
  const { enabled, version, lacks = [] } = facts

  class Log {
    declare [key]: State
    declare [table]: Levels
    declare onChild: ((child: Log) => void) | undefined

    get levels (): Levels {
      return this[table]
    }

    get level (): string {
      return this[key].level
    }

    set level (given: string) {
      const { labels, values } = this[table]
      const level = typeof given === 'number' ? labels[given] : given
      if (level === undefined || values[level] === undefined) throw new Error(`unknown level ${given}`)
      const state = this[key]
      const before = state.level
      state.level = level
      state.isOwn = true
      if (state.children.length === 0 && isReady()) this.order({ level })
      this.changed(before)
    }

    /** Sets the level as the main thread's logger has it now: nothing is sent. */
    followLevel (level: string): void {
      const before = this.level
      this[key].level = level
      if (before !== level) this.changed(before)
    }

    get levelVal (): number {
      return this[table].values[this[key].level]!
    }

    set levelVal (_value: number) {
      throw new Error('levelVal is read-only')
    }

    get version (): string | undefined {
      return version
    }

    get msgPrefix (): string | undefined {
      return this.ask().msgPrefix
    }

    isLevelEnabled (level: string): boolean {
      return this.writes(level)
    }

    writes (level: string): boolean {
      const { values } = this[table]
      const own = this[key].level
      if (values[level] === undefined) return false
      return enabled?.[own]?.includes(level) ?? (values[level] >= values[own]! && own !== silent)
    }

    bindings (): Record<string, unknown> {
      return this.ask().bindings
    }

    setBindings (bindings: Record<string, unknown>): void {
      const state = this[key]
      const packed = encodeLogArgument(bindings, state.serializers)
      // Bindings of a child become one more child: its own children have them too. So do bindings set before
      // the app is ready, since the main thread's app sets its own then.
      if (state.children.length > 0 || !isReady()) {
        this[key] = { ...state, children: [...state.children, [packed, {}]] }
      } else {
        if (state.visit !== undefined) (state.set ??= []).push([packed, {}])
        this.order({ bindings: packed })
      }
    }

    child (bindings: Record<string, unknown>, options: ChildOptions = {}): Log {
      if (typeof bindings !== 'object' || bindings === null) {
        throw new Error('missing bindings for child Pino')
      }
      const { level, serializers = {}, ...rest } = options
      for (const [name, value] of Object.entries(rest)) {
        if (crosses(value)) continue
        const [path, what] = locateUncloneable(value)
        throw new NotCloneable(`option ${name}${path} of log.child()`, what)
      }
      const state = this[key]
      const own = { ...state.serializers, ...serializers }
      const child: LogChild = [encodeLogArgument(bindings, own), encodeLogArgument(rest, {})]
      const names = Object.keys(serializers)
      if (names.length > 0) child.push(names)
      // The child inherits from the logger: listeners, and other properties put on it, are the child's too.
      const made = Object.create(this) as Log
      made[key] = { ...state, children: [...state.children, child], serializers: own }
      if (rest.customLevels !== undefined) made.addLevels(rest.customLevels)
      if (level !== undefined && level !== state.level) made.level = level
      this.onChild?.(made)
      return made
    }

    /** Calls back when all lines written before have reached their destination. */
    flush (done?: (error?: Error) => void): void {
      if (done !== undefined && done !== null && typeof done !== 'function') {
        throw new Error('callback must be a function')
      }
      if (typeof done !== 'function') return this.order({ flush: true })
      const order = { flush: true as const }
      calls.flushLogger({ ...this.begin('', []), order }, this.session).then(() => done(), done)
    }

    silent (): void {}

    get [Symbol.toStringTag] (): string {
      return 'Pino'
    }

    send (log: string, parts: unknown[]): void {
      const { visit, serializers, isOwn, level } = this[key]
      if (visit?.lifecycle.isLogMuted === true || !(isReplaced(log, visit) || this.writes(log))) return
      const line = this.begin(log, parts.map((part) => encodeLogArgument(part, serializers)))
      const raw = findReferred(parts)
      // A line of another logger is written with the request of the visit that it refers to.
      const referred = visit ?? raw?.visit
      if (raw?.reply !== undefined) line.statusCode = raw.reply.statusCode
      if (isOwn) line.level = level
      try {
        write(line, referred)
      } catch {
        write(toCloneableLine(line), referred)
      }
    }

    begin (method: string, args: LogValue[]): LogLine {
      const { visit, children, set } = this[key]
      const line: LogLine = { type: 'log', method, of: ownerOf(visit), args }
      const all = set !== undefined && visit?.isGone === true ? [...set, ...children] : children
      if (all.length > 0) line.children = [...all]
      return line
    }

    order (order: LogOrder): void {
      write({ ...this.begin('', []), order }, this[key].visit)
    }

    /**
     * Requests the facts of this logger from its counterpart on the loop. Blocks the thread until the loop
     * responds.
     */
    ask (): LogFacts {
      if (!isReady()) throw new CalledTooEarly('log.bindings() or log.msgPrefix in a worker')
      return calls.askLogger({ ...this.begin('', []), order: {} }, this.session)
    }

    /** Undefined once the loop has nothing of the visit any more. */
    get session (): WorkerSession | undefined {
      const { visit } = this[key]
      return visit?.isGone === false ? visit.session : undefined
    }

    changed (before: string): void {
      const { level } = this[key]
      const { values } = this[table]
      this.emitter.emit('level-change', level, values[level], before, values[before], this)
    }

    /** The logger is an EventEmitter by its prototype chain, as pino's loggers are. */
    get emitter (): EventEmitter {
      return this as unknown as EventEmitter
    }

    addLevels (customLevels: Record<string, number>): void {
      this[table] = extendLevels(this[table], customLevels)
      defineMethods(this, Object.keys(customLevels))
    }
  }
  Object.setPrototypeOf(Log.prototype, EventEmitter.prototype)
  Log.prototype.onChild = () => {}
  Log.prototype[table] = createLevels(facts.values)
  defineMethods(Log.prototype, Object.keys(facts.values))
  // Hides members that the main thread's logger lacks: the main thread's handlers would not find them either.
  for (const name of lacks) {
    Object.defineProperty(Log.prototype, name, { value: undefined, writable: true, configurable: true })
  }

  function defineMethods (target: Log, names: string[]): void {
    for (const log of names) {
      Object.defineProperty(target, log, {
        value (this: Log, ...parts: unknown[]) { this.send(log, parts) },
        writable: true,
        configurable: true
      })
    }
  }

  return function createLogger (visit, level) {
    const log = new Log()
    log[key] = { visit, children: [], serializers: {}, level, isOwn: false }
    return log
  }
}

function ownerOf (visit: WorkerVisit | undefined): LogLine['of'] {
  if (visit === undefined) return 'app'
  return visit.isGone ? { id: visit.open.id } : 'request'
}
