import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import type { Test } from 'tap'

export interface AppProcess {
  get (path: string): Promise<unknown>
}

export interface Ended {
  code: number | null
  stdout: string
  stderr: string
}

/** Runs an app as its user would, and asks it over HTTP. Its first line must be the address, as JSON. */
export async function startApp (t: Test, parameters: string[]): Promise<AppProcess> {
  const child = run(t, parameters)
  const stderr = text(child.stderr)
  const [line] = await Promise.race([once(createInterface(child.stdout), 'line'), once(child, 'close')]) as unknown[]
  if (typeof line !== 'string') throw new Error(`${parameters.join(' ')} ended before it listened: ${await stderr}`)
  const { port } = JSON.parse(line) as { port: number }
  return {
    async get (path) {
      const response = await fetch(`http://localhost:${port}${path}`)
      return await response.json()
    }
  }
}

/** Runs a script until it ends by itself. */
export async function runToEnd (t: Test, parameters: string[], variables: Record<string, string> = {}): Promise<Ended> {
  const child = run(t, parameters, variables)
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)])
  if (child.exitCode === null) await once(child, 'exit')
  return { code: child.exitCode, stdout, stderr }
}

function run (t: Test, parameters: string[], variables: Record<string, string> = {}) {
  const { NODE_OPTIONS, ...env } = process.env
  const child = spawn(process.execPath, parameters, { env: { ...env, ...variables }, stdio: ['ignore', 'pipe', 'pipe'] })
  const exited = once(child, 'exit')
  t.teardown(async () => {
    child.kill()
    await exited
  })
  return child
}
