/**
 * Returns the files of the functions that have called `above`, the innermost first, at most `count`: paths,
 * or URLs of ES modules. Reads V8's structured call sites, not the text of the stack: the app may have
 * changed the text (`Error.prepareStackTrace`), or shortened it (`Error.stackTraceLimit`).
 */
export function readCallers (above: (...parameters: never) => unknown, count: number): string[] {
  const { stackTraceLimit, prepareStackTrace } = Error
  const holder: { stack?: NodeJS.CallSite[] } = {}
  try {
    Error.stackTraceLimit = count
    Error.prepareStackTrace = (_error, sites) => sites
    Error.captureStackTrace(holder, above)
    return holder.stack!.map((site) => site.getFileName() ?? '')
  } finally {
    Object.assign(Error, { stackTraceLimit, prepareStackTrace })
  }
}
