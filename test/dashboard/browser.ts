import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import type { Test } from 'tap'
import type { App } from './fixtures/typed.js'

/** Why there is no browser; false if there is one. For option `skip` of a test. */
export const noBrowser = findChromium() === undefined && 'no chromium on the PATH, nor in CHROMIUM'

/** Resolves with a browser that is closed at the end of the test. */
export async function openBrowser (t: Test): Promise<Browser> {
  const executablePath = findChromium()
  if (executablePath === undefined) throw new Error('there is no browser')
  // Its sandbox does not start for root, who runs tests in a container.
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : []
  const browser = await chromium.launch({ executablePath, args })
  t.teardown(() => browser.close())
  return browser
}

/** Resolves with the page of a dashboard once it shows something. */
export async function openPage (browser: Browser, address: string, options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext(options)
  const page = await context.newPage()
  await page.goto(`${address}/blocking/`)
  await untilTrue(page, 'document.body.dataset.connection === "live"')
  return page
}

/**
 * Expressions for the page are text, since tests know no types of the browser. The page's policy forbids
 * waitForFunction(), which evaluates them in the page.
 */
export async function untilTrue (page: Page, expression: string): Promise<void> {
  while (await page.evaluate(expression) !== true) await delay(20)
}

/** Resolves once the page has shown two more events. */
export async function untilTwoTicks (page: Page): Promise<void> {
  for (let tick = 0; tick < 2; tick++) {
    const uptime = await page.getAttribute('data[data-stat="uptime"]', 'value')
    await untilTrue(page, `document.querySelector('data[data-stat="uptime"]').value !== ${JSON.stringify(uptime)}`)
  }
}

/** Makes one of each thing that a page shows: runs, a thread that is killed, stalls and advice. */
export async function makeTraffic (app: App, address: string, gate: string): Promise<void> {
  for (let request = 0; request < 3; request++) await fetch(`${address}/brief/${request}`)
  await fetch(`${address}/endless?gate=${gate}`)
  while (app.blocking.advice().length === 0) await fetch(`${address}/stall`)
}

function findChromium (): string | undefined {
  const { CHROMIUM, PATH = '' } = process.env
  const names = CHROMIUM === undefined ? PATH.split(delimiter).map((folder) => join(folder, 'chromium')) : [CHROMIUM]
  return names.find((name) => {
    try {
      accessSync(name, constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}
