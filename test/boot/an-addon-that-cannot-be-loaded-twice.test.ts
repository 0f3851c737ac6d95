import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { bootError } from '../support/boot.js'
import { fixturesOf } from '../support/fixtures.js'
import { build } from './fixtures/loads-an-addon.js'

const fixture = fixturesOf(import.meta.url)

/** Of Node's own headers nothing is needed, and of those on npm that have such addons each is built for one version of Node. */
function compile (source: string, addon: string): boolean {
  const symbols = process.platform === 'darwin' ? ['-undefined', 'dynamic_lookup'] : []
  return spawnSync('cc', ['-shared', '-fPIC', ...symbols, `-DMODULES=${process.versions.modules}`, source, '-o', addon]).status === 0 && existsSync(addon)
}

const addon = join(t.testdir(), 'once.node')
const skip = compile(fixture('once.c'), addon) ? false : 'there is no C compiler'

t.test('a native addon that the main thread has, and no other thread can have: ready() fails, and says which and why', { skip }, async (t) => {
  const error = await bootError(await build({ addon }))
  t.equal(error.code, 'FST_BLOCKING_BOOT_FAILED')
  t.match(error.message, 'loads-an-addon.js')
  t.match(error.cause, { code: 'ERR_DLOPEN_FAILED', message: 'did not self-register' })
  t.match(error.cause.message, addon)
})
