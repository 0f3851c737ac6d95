import { fork } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { once } from 'node:events'

/** What a row says of itself; see apps/. */
export interface Row {
  /** Its package. */
  plugin: string
  /** What of it the handlers use. */
  uses: string
  /** What the requests do that are refused. */
  refuses?: string
  /** What is not the same of requests that say so. */
  differs?: string
}

/** What has come of one request of a row. */
export interface Served {
  title: string
  /** That the loop is expected to answer with. */
  status: number
  /** Code of the error that a worker answers with instead. */
  refused?: string
  /** Whether the route stays on the loop on both sides. */
  isLoops: boolean
  /** What is known not to be the same beside the answer; the row says why. */
  differs: ('lines' | 'counts')[]
  answer: { status: number, statusText: string, headers: Record<string, unknown>, body: string }
  /** Level, message, and that of an error. */
  lines: unknown[][]
  /** By what is counted: how often on the loop, and in workers. */
  counts: Record<string, [loop: number, worker: number]>
  visits: number
}

export interface Side {
  passes: Served[]
  beside?: unknown
}

export interface ServedRow {
  /** What the row needs and this machine has not. */
  missing?: string
  sides: { loop: Side, worker: Side }
}

/** Serves rows, each in a process of its own, some at the same time. */
export function serveRows (names: readonly string[]): Map<string, Promise<ServedRow>> {
  const served = new Map<string, Promise<ServedRow>>()
  const running: Promise<unknown>[] = Array.from({ length: availableParallelism() }, async () => {})
  for (const [index, name] of names.entries()) {
    const place = index % running.length
    const result = running[place]!.then(async () => await serveRow(name))
    served.set(name, result)
    running[place] = result.catch(() => {})
  }
  return served
}

async function serveRow (name: string): Promise<ServedRow> {
  const { NODE_OPTIONS, ...env } = process.env
  const child = fork(fileURLToPath(new URL('serve-row.js', import.meta.url)), [name], { env, execArgv: [], stdio: ['ignore', 'pipe', 'pipe', 'ipc'] })
  let [row, output]: [ServedRow | undefined, string] = [undefined, '']
  child.on('message', (message) => { row = message as ServedRow })
  for (const stream of [child.stdout!, child.stderr!]) stream.on('data', (chunk: Buffer) => { output += chunk.toString() })
  const [code] = await once(child, 'close') as [number | null]
  if (row === undefined || code !== 0) throw new Error(`${name} ended with ${code}: ${output}`)
  return row
}
