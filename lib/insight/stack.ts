import { fileURLToPath } from 'node:url'

/** A call on the stack, with the position in the file as it runs: lines and columns from 1. */
export interface Frame {
  /** Undefined for a function without a name. */
  function: string | undefined
  /** Path, or `node:fs`; empty for code that has no file. */
  file: string
  line: number
  column: number
}

/** Calls of a stack that are looked at. A deep recursion has more of them. */
const maxFrames = 100

/** Returns the frames, innermost first. May run in the midst of other code: it calls none of the app's. */
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
  const file = site.getFileName() ?? ''
  return {
    function: site.getFunctionName() ?? undefined,
    file: file.startsWith('file:') ? fileURLToPath(file) : file,
    line: site.getLineNumber() ?? 0,
    column: site.getColumnNumber() ?? 0
  }
}
