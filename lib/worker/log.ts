import type { FastifyBaseLogger, FastifyReply, FastifyRequest } from 'fastify'
import { packLogPart, printLogPart, type LogPart, type Reference } from '../wire/log-parts.js'
import type { LogLevels } from '../wire/assignment.js'
import type { LogLine } from '../wire/messages.js'
import { VisitReply } from './visit-reply.js'
import { VisitRequest } from './visit-request.js'
import type { WorkerVisit } from './visit.js'

/*
 * Loggers whose lines are written by the main thread's. Each line is sent at once: what comes before a crash is not lost.
 */

export type Logs = (visit: WorkerVisit | undefined) => FastifyBaseLogger

type Serializers = Record<string, (value: never) => unknown>
type ChildOptions = { level?: string, serializers?: Serializers }

/** Where the lines of a logger, and of those made of it, go. */
interface Origin {
  readonly visit: WorkerVisit | undefined
  readonly children: NonNullable<LogLine['children']>
  readonly bindings: Record<string, unknown>
  /** Given to a child here: functions stay on their side. */
  readonly serializers: Serializers
}

const silent = 'silent'

/** Makes the loggers of a worker; `write` sends a line, or throws if it cannot be cloned. */
export function createLogs ({ level: appLevel, values }: LogLevels, write: (line: LogLine) => void): Logs {
  class Log {
    #level: string
    #isOwn: boolean
    readonly #origin: Origin

    constructor (origin: Origin, level: string, isOwn: boolean) {
      this.#origin = origin
      this.#level = level
      this.#isOwn = isOwn
    }

    get level (): string {
      return this.#level
    }

    set level (level: string) {
      if (level !== silent && !Object.hasOwn(values, level)) throw new Error(`unknown level ${level}`)
      this.#level = level
      this.#isOwn = true
    }

    isLevelEnabled (level: string): boolean {
      return (values[level] ?? Infinity) >= (values[this.#level] ?? Infinity) && level !== silent && this.#level !== silent
    }

    bindings (): Record<string, unknown> {
      return { ...this.#origin.bindings }
    }

    child (bindings: Record<string, unknown>, options: ChildOptions = {}): Log {
      const { level, serializers, ...rest } = options
      const { visit, children, ...origin } = this.#origin
      const own = { ...origin.serializers, ...serializers }
      const child: [LogPart, LogPart] = [pack(bindings, own), pack(rest, {})]
      const made = new Log({
        visit,
        children: [...children, child],
        bindings: { ...origin.bindings, ...bindings },
        serializers: own
      }, this.#level, this.#isOwn)
      if (level !== undefined) made.level = level
      return made
    }

    /** Of pino's. There is nothing to flush here. */
    flush (done?: () => void): void {
      done?.()
    }

    silent (): void {}

    send (log: string, parts: unknown[]): void {
      const { visit, children, serializers } = this.#origin
      if (visit?.isMuted === true || !this.isLevelEnabled(log)) return
      const line: LogLine = { log, of: ownerOf(visit), parts: parts.map((part) => pack(part, serializers)) }
      const raw = findRaw(parts)
      const referred = visit ?? raw?.visit
      if (referred?.isOver === false) line.slot = referred.open.slot
      if (raw?.reply !== undefined) line.statusCode = raw.reply.statusCode
      if (children.length > 0) line.children = children
      if (this.#isOwn) line.level = this.#level
      try {
        write(line)
      } catch {
        write(printed(line))
      }
    }
  }
  for (const log of Object.keys(values)) {
    Object.defineProperty(Log.prototype, log, {
      value (this: Log, ...parts: unknown[]) { this.send(log, parts) },
      writable: true,
      configurable: true
    })
  }
  return (visit) => {
    const level = visit?.open.logLevel ?? appLevel
    return new Log({ visit, children: [], bindings: {}, serializers: {} }, level, false) as unknown as FastifyBaseLogger
  }
}

function printed (line: LogLine): LogLine {
  const parts = line.parts.map(printLogPart)
  const { children } = line
  return children === undefined ? { ...line, parts } : { ...line, parts, children: children.map(([bindings, options]) => [printLogPart(bindings), printLogPart(options)]) }
}

function ownerOf (visit: WorkerVisit | undefined): LogLine['of'] {
  if (visit === undefined) return 'app'
  return visit.isOver ? { id: visit.open.id } : 'request'
}

function pack (part: unknown, serializers: Serializers): LogPart {
  if (typeof part !== 'object' || part === null || part instanceof Error) return packLogPart(part, referTo)
  const own: Record<string, unknown> = {}
  for (const name of Object.keys(serializers)) {
    if (Object.hasOwn(part, name)) own[name] = serializers[name]!(Reflect.get(part, name) as never)
  }
  for (const [name, value] of Object.entries(part)) {
    if (isFastifys(value) && rawOf(value)?.visit.isOver !== false) own[name] ??= describe(value)
  }
  return packLogPart(Object.keys(own).length > 0 ? { ...part, ...own } : part, referTo)
}

/** Of a visit that is over, or of a request that was injected here: what Fastify's own serializers read. */
function describe (value: FastifyRequest | FastifyReply): object {
  if ('statusCode' in value) return { statusCode: value.statusCode }
  const { method, url, host, ip, headers } = value
  return { method, url, host, ip, headers }
}

function isFastifys (value: unknown): value is FastifyRequest | FastifyReply {
  return typeof value === 'object' && value !== null && 'raw' in value && 'log' in value
}

/** The loop logs its own request and reply, by its own serializers, as long as it has them. */
function referTo (value: object): Reference | undefined {
  const raw = rawOf(value)
  if (raw === undefined || raw.visit.isOver) return undefined
  const isRaw = value instanceof VisitRequest || value instanceof VisitReply
  return `${raw.reply === undefined ? 'request' : 'reply'}${isRaw ? '.raw' : ''}`
}

function findRaw (parts: unknown[]): Raw | undefined {
  let found: Raw | undefined
  for (const part of parts) {
    if (typeof part !== 'object' || part === null) continue
    for (const value of Object.values(part)) found = rawOf(value)?.reply === undefined ? found ?? rawOf(value) : rawOf(value)
  }
  return found
}

interface Raw {
  visit: WorkerVisit
  /** Of a reply. */
  reply: VisitReply | undefined
}

/** What is below a request or a reply, or is it itself. */
function rawOf (value: unknown): Raw | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const raw: unknown = value instanceof VisitRequest || value instanceof VisitReply ? value : 'raw' in value ? value.raw : undefined
  if (raw instanceof VisitRequest) return { visit: raw.visit, reply: undefined }
  return raw instanceof VisitReply ? { visit: raw.req.visit, reply: raw } : undefined
}
