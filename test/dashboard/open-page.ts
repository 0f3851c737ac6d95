import { setTimeout as delay } from 'node:timers/promises'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import type { App } from './fixtures/typed.js'

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
