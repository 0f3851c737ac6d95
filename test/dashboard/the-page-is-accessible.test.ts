import { join } from 'node:path'
import axe from 'axe-core'
import { HtmlValidate } from 'html-validate'
import t from 'tap'
import { launchChromium, withoutChromium } from '../support/chromium.js'
import { buildShown } from './fixtures/typed.js'
import { makeTraffic, openPage, untilTrue, untilTwoTicks } from './open-page.js'

t.test('a page with threads, a kill, stalls and advice', { skip: withoutChromium }, async (t) => {
  const app = await buildShown({ plugin: { advice: true }, hasAnnex: true })
  t.teardown(() => app.close())
  const address = await app.listen({ port: 0 })
  const browser = await launchChromium(t)
  await makeTraffic(app, address, join(t.testdir(), 'gate'))

  for (const colorScheme of ['light', 'dark'] as const) {
    for (const width of [1280, 390]) {
      await t.test(`axe finds nothing to mend, ${colorScheme}, ${width} pixels wide`, async (t) => {
        const page = await openPage(browser, address, { colorScheme, viewport: { width, height: 844 } })
        await untilTrue(page, 'document.querySelectorAll("#stalls li, #advice li, #log li").length >= 3')
        await page.click('#lane-tables summary')
        await page.click('#stalls .entries > li > div > details > summary')
        for (const terms of await page.$$('.terms summary')) await terms.click()
        await page.evaluate(axe.source)
        const { violations, passes } = await page.evaluate('axe.run()') as axe.AxeResults
        t.same(violations.map(({ id, nodes }) => ({ id, targets: nodes.map(({ target }) => target) })), [])
        t.ok(passes.some(({ id }) => id === 'color-contrast'))
        t.same(await page.evaluate('[document.documentElement.scrollWidth <= innerWidth, innerWidth]'), [true, width])
      })
    }
  }

  t.test('the markup is valid, as it is sent and as it is once the page is drawn', async (t) => {
    const page = await openPage(browser, address)
    await untilTrue(page, 'document.querySelectorAll("#stalls li, #advice li, #log li").length >= 3')
    await page.click('#lane-tables summary')
    const sent = new HtmlValidate({ extends: ['html-validate:standard'] })
    // A script may place what it draws: the content security policy is about markup that is sent.
    const drawn = new HtmlValidate({ extends: ['html-validate:standard'], rules: { 'no-inline-style': 'off' } })
    for (const report of [
      await sent.validateString((await app.inject('/blocking/')).body),
      await drawn.validateString(await page.content())
    ]) {
      t.same(report.results.flatMap(({ messages }) => messages.map(({ line, message }) => ({ line, message }))), [])
    }
  })

  t.test('all that can be used is reached by the keyboard in the order of the page, and seen when it is', async (t) => {
    const page = await openPage(browser, address)
    await untilTrue(page, 'document.querySelectorAll("#stalls li, #advice li, #log li").length >= 3')
    // In the order of the page; of radio buttons of one name the one that is checked.
    await page.evaluate(`window.expected = [...document.querySelectorAll('a, button, summary, input, [tabindex="0"]')]
      .filter((one) => one.checkVisibility() && (one.type !== 'radio' || one.checked) &&
        (one.closest('details') === null || one.matches('summary')))
      window.reached = []
      window.reach = () => {
        const focused = document.activeElement
        const last = reached.at(-1)
        reached.push(focused)
        const seen = focused.type === 'radio' ? focused.nextElementSibling : focused
        const { outlineStyle, outlineWidth } = getComputedStyle(seen)
        return {
          name: focused.localName + ' ' + focused.textContent.trim().slice(0, 40),
          isAfterLast: last === undefined || (last.compareDocumentPosition(focused) & 4) !== 0,
          isOutlined: outlineStyle !== 'none' && outlineWidth !== '0px'
        }
      }`)
    for (;;) {
      await page.keyboard.press('Tab')
      if (await page.evaluate('document.activeElement === document.body')) break
      const { name, ...rest } = await page.evaluate('reach()') as { name: string }
      t.same(rest, { isAfterLast: true, isOutlined: true }, name)
    }
    t.ok(await page.evaluate('expected.length > 20'))
    t.same(await page.evaluate('expected.filter((one) => !reached.includes(one)).map(({ outerHTML }) => outerHTML)'), [])
  })

  t.test('stalls that are hidden in their list do not make the page longer', async (t) => {
    const page = await openPage(browser, address, { viewport: { width: 1280, height: 844 } })
    // Sections below would have room for them.
    await page.evaluate('for (const id of ["routes", "memory", "log"]) document.querySelector("#" + id).hidden = true')
    await page.click('#stalls .entries > li[data-route="GET /stall"] summary')
    do await fetch(`${address}/stall`)
    while (await page.evaluate('(({ scrollHeight, clientHeight }) => scrollHeight < 2 * clientHeight)(document.querySelector("#stalls .scroll"))'))
    const below = await page.evaluate('document.documentElement.scrollHeight - scrollY - document.querySelector("main").getBoundingClientRect().bottom')
    t.ok(Math.abs(below as number) <= 1, `${below} pixels`)
  })

  t.test('the first thing that the keyboard reaches skips to the first section', async (t) => {
    const page = await openPage(browser, address)
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    t.equal(await page.evaluate('document.activeElement.id'), 'main')
    await page.keyboard.press('Tab')
    t.equal(await page.evaluate('document.activeElement.closest("section").id'), 'advice')
  })

  t.test('the table is sorted by the keyboard, and says how', async (t) => {
    const page = await openPage(browser, address)
    const readRoutes = () => page.evaluate('[...document.querySelectorAll("#routes tbody.each tr")].map((row) => row.dataset.route)')
    await page.focus('[data-sort="route"]')
    await page.keyboard.press('Enter')
    const sorted = await readRoutes() as string[]
    t.ok(sorted.length >= 2)
    t.same(sorted, sorted.toSorted())
    t.equal(await page.getAttribute('th:has([data-sort="route"])', 'aria-sort'), 'ascending')
    t.equal(await page.locator('[aria-sort]').count(), 1)
    await page.keyboard.press('Enter')
    t.same(await readRoutes(), sorted.toReversed())
    t.equal(await page.getAttribute('th:has([data-sort="route"])', 'aria-sort'), 'descending')
  })

  t.test('what is focused, selected and opened stays so while numbers change, and nothing is announced', async (t) => {
    const page = await openPage(browser, address)
    await untilTrue(page, 'document.querySelectorAll("#stalls li").length > 0')
    await page.evaluate(`window.announced = []
      new MutationObserver((changes) => announced.push(...changes)).observe(
        document.body, { subtree: true, childList: true, characterData: true })
      window.live = (node) => (node.nodeType === 1 ? node : node.parentElement)
        .closest('[role=status], [role=alert], [role=log], [aria-live]')
      window.opened = document.querySelector('#stalls details')
      opened.open = true`)
    await page.focus('[data-sort="completed"]')
    await page.evaluate(`getSelection().selectAllChildren(
      document.querySelector('#routes tr[data-route="GET /brief/:id"] [data-stat="completed"]'))`)
    await fetch(`${address}/brief/4`)
    const before = await page.evaluate('getSelection().toString()')
    await untilTwoTicks(page)
    t.equal(await page.evaluate('document.activeElement.dataset.sort'), 'completed')
    t.equal(await page.evaluate('opened.open && opened.isConnected'), true)
    t.equal(await page.evaluate('getSelection().toString()'), String(Number(before) + 1))
    t.ok(await page.evaluate('announced.length > 0'))
    t.equal(await page.evaluate('announced.filter(({ target }) => live(target) !== null).length'), 0)
  })

  t.test('the line of an advice is copied, which is announced; where that is refused it is selected', async (t) => {
    const page = await openPage(browser, address)
    const line = await page.textContent('#advice li code')
    t.ok(line)
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
    await page.click('#advice li button')
    await untilTrue(page, 'document.querySelector("#advice [role=status]").textContent === "Copied"')
    t.equal(await page.evaluate('navigator.clipboard.readText()'), line)
    await page.evaluate('navigator.clipboard.writeText = () => Promise.reject(new Error("not allowed"))')
    await page.click('#advice li button')
    await untilTrue(page, 'document.querySelector("#advice [role=status]").textContent.includes("refuses")')
    t.equal(await page.evaluate('getSelection().toString()'), line)
  })
})

t.test('a page of an app without requests, with advice off', { skip: withoutChromium }, async (t) => {
  const app = await buildShown({ plugin: { advice: false, pool: { minThreads: 0 } } })
  t.teardown(() => app.close())
  const address = await app.listen({ port: 0 })
  const browser = await launchChromium(t)
  for (const colorScheme of ['light', 'dark'] as const) {
    const page = await openPage(browser, address, { colorScheme, viewport: { width: 390, height: 844 } })
    for (const id of ['no-lanes', 'no-watch', 'advice-off', 'no-routes', 'no-log']) t.ok(await page.isVisible(`#${id}`), id)
    await page.evaluate(axe.source)
    const { violations } = await page.evaluate('axe.run()') as axe.AxeResults
    t.same(violations.map(({ id, nodes }) => ({ id, targets: nodes.map(({ target }) => target) })), [])
    t.equal(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), true)
  }
})
