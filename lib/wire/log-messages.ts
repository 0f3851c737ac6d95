import type { LogValue } from './log-value.js'

/*
 * Log lines of a worker, which the main thread's loggers write, and a worker's other requests to these
 * loggers.
 */

/** A log line, or an order, for a logger of the main thread. */
export interface LogLine {
  type: 'log'
  /** The logger's method, which is the level of the line. */
  method: string
  /** The logger: the app's, the request's, or that of a request whose visit is over, by the request's id. */
  of: 'app' | 'request' | { id: string }
  /** Status of a reply that the line refers to: the loop's own reply does not have this status yet. */
  statusCode?: number
  /** Arguments of the calls of `child()` that made the logger, the outermost first. */
  children?: LogChild[]
  /** The logger's level, if the worker has set one. */
  level?: string
  args: LogValue[]
  /** Set if the message is an order and no line. */
  order?: LogOrder
}

/**
 * `serialized` has the names of the serializers that `child()` was given: values of these names have been
 * serialized in the worker.
 */
export type LogChild = [bindings: LogValue, options: LogValue, serialized?: string[]]

/** Changes that a logger of the main thread is to make; `flush` makes it flush. */
export interface LogOrder {
  /** The argument of `setBindings()`. */
  bindings?: LogValue
  /** The level to be set. */
  level?: string
  flush?: true
}

export interface LogFacts {
  bindings: Record<string, unknown>
  msgPrefix: string | undefined
}

/** A call of a logger that returns something: `bindings()`, `msgPrefix`, `flush(callback)`. */
export interface LoggerCall {
  type: 'loggerCall'
  id: number
  /** Has an order. */
  line: LogLine
}
