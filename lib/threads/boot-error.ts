import { AddonInWorker, BootFailed, BootTimeout, PortInUse } from '../errors.js'
import { findStartGuard } from '../start-guard.js'
import { isOwnError } from '../wire/error.js'

/**
 * Returns the error that tells why a worker has not built the app. An error of this package says so itself;
 * any other one becomes the cause of one that does.
 */
export function toBootError (module: string, cause: unknown): Error {
  return isOwnError(cause) ? cause : Object.assign(explain(module, cause), { cause })
}

function explain (module: string, cause: unknown): Error {
  if (!(cause instanceof Error)) return new BootFailed(module, `it threw ${String(cause)}`)
  const { code, message, address, port } = cause as NetworkError
  if (code === 'EADDRINUSE') return new PortInUse(module, nameAddress(address, port) ?? message)
  // The words of Node for an addon that registers itself once in a process, and those of others for the same.
  if (/did not self-register|cannot be (loaded|used) in (a )?worker/i.test(message)) {
    const file = /(?<=['"])[^'"]+\.node\b|[^'"\s]+\.node\b/.exec(message)?.[0]
    return new AddonInWorker(module, file ?? `of "${message}"`)
  }
  // Loggers and Node print the cause after the message.
  return new BootFailed(module, 'see the cause')
}

interface NetworkError extends NodeJS.ErrnoException {
  address?: string
  port?: number
}

/** Names a port, or the path of a socket, which has no port. */
function nameAddress (address: string | undefined, port: number | undefined): string | undefined {
  if (port !== undefined && port > 0) return `port ${port}`
  return address === undefined ? undefined : `the socket ${address}`
}

/**
 * `within` and `option`: see Executor.expireBoot(). `lacksApp`: see ThreadCell. Something is still pending in
 * the thread then, so the script might have made its app later, and a condition in it is only a guess.
 */
export function createBootTimeout (
  module: string, within: string, option: string, lacksApp: boolean
): Error {
  const advice = `raise ${option}, or see what the module waits for`
  if (!lacksApp) return new BootTimeout(module, within, advice)
  const guard = findStartGuard(module)
  const why = guard === undefined
    ? ''
    : `, perhaps since line ${guard.line} asks for \`${guard.condition}\`, which ${guard.holds}`
  const what = `it was imported, and has called neither ready() nor listen() of an app${why}`
  return new BootTimeout(
    module, within, `${what}; call listen() in a worker too, where it binds no port; or ${advice}`
  )
}
