import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/*
 * Finds a condition by which a script starts its app on the main thread alone. Such a condition is no mistake
 * by itself: ask only where a worker has imported the module and there is no app.
 */

interface StartGuard {
  line: number
  condition: string
  /** When the condition holds, as the rest of a clause that begins with "which". */
  holds: string
}

const inMainFile = 'holds in the main file of the process alone'
const isFalse = 'is false in a worker'

/** In the order in which they are looked for: names that other code has as well come last. */
const guards: readonly [pattern: RegExp, holds: string][] = [
  [/\brequire\.main\b/, inMainFile],
  [/!\s*module\.parent\b/, inMainFile],
  [/\bimport\.meta\.main\b/, inMainFile],
  [/\bprocess\.argv(?:\[1\]|\.at\(1\))/, inMainFile],
  [condition(/(?:[\w$]+\.)*(?:isPrimary|isMaster)/), 'holds in worker threads, also of a forked process'],
  [condition(/[\w$]*cluster[\w$]*\.(?:default\.)?isWorker/), isFalse],
  [condition(/(?:[\w$]+\.|require\(['"](?:node:)?worker_threads['"]\)\.)*isMainThread/), isFalse],
  [condition(/(?:[\w$]+\.)*isWorker/), 'is true in a worker']
]

/** Matches the name where it decides (in `if (`, after `=`, before an operator), not where it is imported. */
function condition ({ source }: RegExp): RegExp {
  return new RegExp(
    `(?<=\\bif\\s*\\([^;{}]*|=\\s*!?\\s*)\\b${source}\\b|\\b${source}\\b(?=\\s*(?:&&|\\|\\||\\?[^.]|[!=]==?))`
  )
}

/** `module` is the URL of a file. Undefined if the file has no such condition, or cannot be read. */
export function findStartGuard (module: string): StartGuard | undefined {
  let source: string
  try {
    source = withoutComments(readFileSync(fileURLToPath(module), 'utf8'))
  } catch {
    return undefined
  }
  for (const [pattern, holds] of guards) {
    const found = pattern.exec(source)
    if (found === null) continue
    return { line: source.slice(0, found.index).split('\n').length, condition: found[0].trim(), holds }
  }
  return undefined
}

/** Keeps the lines. A comment counts at the beginning of a line or after a space, as in a URL it is none. */
function withoutComments (source: string): string {
  return source
    .replace(/^[ \t]*\/\*[^]*?\*\//gm, (comment) => comment.replace(/[^\n]/g, ' '))
    .replace(/(?<=^|\s)\/\/.*/gm, '')
}
