import { fileURLToPath } from 'node:url'

/** A call on the stack, with the position in the file as it runs: lines and columns from 1. */
export interface Frame {
  /** Undefined for a function without a name. */
  function: string | undefined
  /** Path, or `node:fs`; empty for code that has no file. A URL of a file until resolveFiles(). */
  file: string
  line: number
  column: number
}

/** Calls of a stack that are looked at. A deep recursion has more of them. */
const maxFrames = 100

/**
 * Returns the frames, innermost first. May run in the midst of other code: it calls none of the app's, and no
 * function of Node that is not reentrant. `new URL()` is such a one, which other code may be in: it reads its
 * result from memory that all URLs share.
 */
export function captureStack (): Frame[] {
  const { prepareStackTrace, stackTraceLimit } = Error
  const site: { stack?: unknown } = {}
  Error.stackTraceLimit = maxFrames
  Error.prepareStackTrace = (_error, sites) => sites
  try {
    Error.captureStackTrace(site)
    return (site.stack as NodeJS.CallSite[]).map(readFrame)
  } finally {
    Error.stackTraceLimit = stackTraceLimit
    if (prepareStackTrace === undefined) Reflect.deleteProperty(Error, 'prepareStackTrace')
    else Error.prepareStackTrace = prepareStackTrace
  }
}

function readFrame (site: NodeJS.CallSite): Frame {
  return {
    function: site.getFunctionName() ?? undefined,
    file: site.getFileName() ?? '',
    line: site.getLineNumber() ?? 0,
    column: site.getColumnNumber() ?? 0
  }
}

/** Makes paths of the URLs of files. */
export function resolveFiles (frames: readonly Frame[]): Frame[] {
  return frames.map(({ file, ...frame }) =>
    ({ ...frame, file: file.startsWith('file:') ? fileURLToPath(file) : file }))
}
