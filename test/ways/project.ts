import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import type { Test } from 'tap'
import { fixturesOf } from '../support/fixtures.js'

export interface Ended {
  code: number | null
  stdout: string
  stderr: string
}

/** A process that prints lines of JSON; the apps here print where they listen. */
export interface Running {
  pid: number
  next (): Promise<object>
  /** Waits for the next line that says where it listens. */
  listens (): Promise<number>
  /** From an app that listens. */
  get (path: string): Promise<unknown>
  post (path: string, body: unknown): Promise<unknown>
  kill (signal: NodeJS.Signals): void
  ended: Promise<Ended>
}

interface Settings {
  cwd?: string
  env?: Record<string, string>
}

/** What tap and npm leave for their children is not the user's. */
const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(NODE_V8_COVERAGE|TAP|npm_)/.test(name)))
// onnxruntime-node would download what it needs for GPUs from elsewhere than the registry.
const env = { ...inherited, ONNXRUNTIME_NODE_INSTALL: 'skip' }
// tap loads its hooks into every process that is started here; this one starts another without them, and becomes that.
const clean = ['-u', 'NODE_OPTIONS']

const fixtureOf = fixturesOf(import.meta.url)
const versions = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string, devDependencies: Record<string, string> }

/** Of one that this repository is developed with. */
export function versionOf (name: string): string {
  return versions.devDependencies[name]!
}

/**
 * A folder outside of the repository, as a user has it: with what would be published of this package, Fastify and
 * other packages installed, and a copy of the named fixtures.
 */
export class Project {
  readonly folder: string

  constructor (t: Test, fixtures: string[], name = '') {
    const made = realpathSync(mkdtempSync(join(tmpdir(), 'fastify-blocking-ways-')))
    t.teardown(() => rmSync(made, { recursive: true, force: true, maxRetries: 10 }))
    this.folder = join(made, name)
    mkdirSync(this.folder, { recursive: true })
    this.write('package.json', '{ "private": true, "type": "module" }\n')
    for (const fixture of fixtures) cpSync(fixtureOf(fixture), this.path(fixture))
  }

  path (name: string): string {
    return join(this.folder, name)
  }

  write (name: string, content: string): void {
    mkdirSync(dirname(this.path(name)), { recursive: true })
    writeFileSync(this.path(name), content)
  }

  writeAll (files: Record<string, string>): void {
    for (const [name, content] of Object.entries(files)) this.write(name, content)
  }

  read (name: string): unknown {
    return JSON.parse(readFileSync(this.path(name), 'utf8'))
  }

  remove (name: string): void {
    rmSync(this.path(name), { recursive: true, force: true })
  }

  /** Without the scripts, which would build dist while other tests use it. */
  pack (): string {
    npm(['pack', '--ignore-scripts', '--silent', '--pack-destination', this.folder], process.cwd())
    return `./fastify-blocking-${versions.version}.tgz`
  }

  /** Fastify in the version that this repository is developed with, unless another one is named. */
  install (...packages: string[]): this {
    const fastify = packages.some((name) => name.startsWith('fastify@')) ? [] : [`fastify@${versionOf('fastify')}`]
    npm(['install', '--prefer-offline', '--silent', '--no-audit', '--no-fund', this.pack(), ...fastify, ...packages], this.folder)
    return this
  }

  /** With the Node that runs the test. */
  run (t: Test, parameters: string[], { cwd = this.folder, env: more = {} }: Settings = {}): Running {
    const named = Object.entries({ NO_COLOR: '1', ...more }).map(([name, value]) => `${name}=${value}`)
    const child = spawn('env', [...clean, ...named, process.execPath, ...parameters], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
    const closed = once(child, 'close')
    t.teardown(async () => {
      child.kill('SIGKILL')
      await closed
    })
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
    const output: string[] = []
    const stderr = text(child.stderr)
    child.stdout.on('data', (chunk: Buffer) => output.push(chunk.toString()))
    let port: number | undefined
    async function next (): Promise<object> {
      while (true) {
        const { value: line, done } = await lines.next()
        if (done) throw new Error(`${parameters.join(' ')} ended: ${output.join('')} ${await stderr}`)
        if (line.startsWith('{')) return JSON.parse(line) as object
      }
    }
    async function listens (): Promise<number> {
      const { port: told, msg = '' }: { port?: number, msg?: string } = await next()
      // The second is Fastify's own line.
      const [, logged] = /^Server listening at \S+:(\d+)$/.exec(msg) ?? []
      port = told ?? (logged === undefined ? await listens() : Number(logged))
      return port
    }
    async function ask (path: string, request: RequestInit): Promise<unknown> {
      const headers = { connection: 'close', 'content-type': 'application/json' }
      const response = await fetch(`http://localhost:${port ?? await listens()}${path}`, { ...request, headers })
      return await response.json()
    }
    return {
      pid: child.pid!,
      next,
      listens,
      get: async (path) => await ask(path, {}),
      post: async (path, body) => await ask(path, { method: 'POST', body: JSON.stringify(body) }),
      kill: (signal) => { child.kill(signal) },
      ended: closed.then(async ([code]) => ({ code: code as number | null, stdout: output.join(''), stderr: await stderr }))
    }
  }
}

function npm (parameters: string[], cwd: string): void {
  execFileSync('env', [...clean, 'npm', ...parameters], { cwd, env, stdio: ['ignore', 'ignore', 'pipe'] })
}
