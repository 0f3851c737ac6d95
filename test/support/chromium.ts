import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { type Browser, chromium } from 'playwright-core'
import type { Test } from 'tap'

/** Path of the browser: that in the variable CHROMIUM, or the one on the PATH. */
const executablePath = process.env['CHROMIUM'] ?? (process.env['PATH'] ?? '').split(delimiter)
  .flatMap((folder) => ['chromium', 'chromium-browser', 'google-chrome'].map((name) => join(folder, name)))
  .find((path) => existsSync(path))

/** Why a test in a browser cannot run here, for its option `skip`; false if it can. */
export const withoutChromium: string | false =
  executablePath === undefined && 'there is no Chromium on this machine, neither on the PATH nor in CHROMIUM'

export async function launchChromium (t: Test): Promise<Browser> {
  // A root user may start it only without its sandbox; it loads nothing but what the test serves.
  const browser = await chromium.launch({ executablePath: executablePath!, args: ['--no-sandbox'] })
  t.teardown(() => browser.close())
  return browser
}
