import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { untilExists } from './until.js'

/** What is done in one request, in which step, by name: { l0: { open: 'throw' } }. See test/dependencies/fixtures/chains.js. */
export type Does = Record<string, Record<string, string>>

let count = 0

/** What a request to a route of chains.js has done so far, on both sides. */
export class Journal {
  readonly file: string
  readonly #folder: string

  constructor (t: Test) {
    this.#folder = t.testdirName
    if (!existsSync(this.#folder)) t.testdir()
    this.file = join(this.#folder, `journal-${++count}`)
  }

  query (does: Does = {}): string {
    return `?${new URLSearchParams({ journal: this.file, does: JSON.stringify(does) }).toString()}`
  }

  read (): string[] {
    return existsSync(this.file) ? readFileSync(this.file, 'utf8').trimEnd().split('\n') : []
  }

  hasBegun (name: string, step: string): boolean {
    return existsSync(`${this.file}.${name}.${step}`)
  }

  /** Resolves once that one has begun to wait, or whatever it does there. */
  async begun (name: string, step: string): Promise<void> {
    await untilExists(`${this.file}.${name}.${step}`)
  }

  /** Lets go on whoever waits. */
  go (): void {
    writeFileSync(`${this.file}.go`, '')
  }
}
