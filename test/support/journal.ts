import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { untilExists } from './until.js'

/** What is done in one request, in which step, by name: { l0: { open: 'throw' } }. See test/dependencies/fixtures/chains.js. */
export type Does = Record<string, Record<string, string>>

// Not a test's own folder: what a request still does when its test is over would be in the way of its removal.
const folder = mkdtempSync(join(tmpdir(), 'journals-'))
process.once('exit', () => rmSync(folder, { recursive: true }))

let count = 0

/** What a request to a route of chains.js has done so far, on both sides. */
export class Journal {
  readonly file = join(folder, String(++count))

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
