import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'
import { until } from '../support/until.js'

const command = fileURLToPath(new URL('../../dist/host/command.js', import.meta.url))

/** A worker host, started as its user would. */
export interface HostProcess {
  readonly child: ChildProcess
  /** Lines of its log. */
  readonly lines: string[]
  kill (signal: NodeJS.Signals): void
  /** Resolves with the exit code, null after a signal. */
  readonly exited: Promise<number | null>
  logs (text: string): Promise<void>
}

export function startHost (t: Test, module: string, url: string, parameters: string[] = [], variables: Record<string, string> = {}): HostProcess {
  const { NODE_OPTIONS, ...env } = process.env
  const path = module.startsWith('file:') ? fileURLToPath(module) : module
  const child = spawn(process.execPath, [command, 'worker', path, '--servers', url, '--threads', '1', ...parameters], {
    env: { ...env, ...variables }, stdio: ['ignore', 'pipe', 'pipe']
  })
  const lines: string[] = []
  for (const stream of [child.stdout, child.stderr]) createInterface(stream).on('line', (line) => lines.push(line))
  const exited = once(child, 'exit').then(([code]) => code as number | null)
  t.teardown(async () => {
    child.kill('SIGKILL')
    await exited
    if (!t.passing()) console.error(lines.join('\n'))
  })
  return {
    child,
    lines,
    exited,
    kill (signal) { child.kill(signal) },
    logs: (text) => until(`the host logs "${text}"`, () => lines.some((line) => line.includes(text)))
  }
}
