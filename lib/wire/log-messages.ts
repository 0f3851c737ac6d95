import type { LogValue } from './log-value.js'

/*
 * Lines that a worker has the main thread's loggers write, and what it asks of these.
 */

/** A line for the main thread's logger. */
export interface LogLine {
  type: 'log'
  /** Its level. */
  method: string
  /** Whose logger it was: the app's, a request's, or that of a request whose visit is over, by its id. */
  of: 'app' | 'request' | { id: string }
  /** Of the reply, where it is referred to: the loop's own is not there yet. */
  statusCode?: number
  /** What `child()` was called with, the outermost first. */
  children?: LogChild[]
  /** Set where the worker has set it. */
  level?: string
  args: LogValue[]
  /** It is no line: something is wanted of the logger. */
  order?: LogOrder
}

/** With the names of the serializers that it was given: what has these names has been serialized. */
export type LogChild = [bindings: LogValue, options: LogValue, serialized?: string[]]

/** What a worker wants of a logger. */
export interface LogOrder {
  /** `setBindings()` */
  bindings?: LogValue
  /** Its level was set. */
  level?: string
  flush?: true
}

export interface LogFacts {
  bindings: Record<string, unknown>
  msgPrefix: string | undefined
}

/** A method of a logger that gives something back: `bindings()`, `msgPrefix`, `flush(callback)`. */
export interface LoggerCall {
  type: 'loggerCall'
  id: number
  /** With an order. */
  line: LogLine
}
