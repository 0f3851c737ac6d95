import { join } from 'node:path'
import t from 'tap'
import { account } from './account.js'
import { crowd } from './crowd.js'
import { documentation } from './documentation.js'
import { limits } from './limits.js'
import { orders } from './orders.js'
import { products } from './products.js'
import { start } from './start.js'

const suites = { account, products, orders, documentation }

const modes = ['none', 'explicit', 'all']

t.test('a shop', async (t) => {
  const folder = t.testdir()
  const shops = await Promise.all(modes.map((threads) => start({
    SHOP_THREADS: threads, SHOP_DATA: join(folder, threads), PASSWORD_COST: '10', LIMIT_LOGINS: '24', LIMIT_NOT_FOUND: '5'
  })))
  t.teardown(() => Promise.all(shops.map(({ stop }) => stop())))

  /** @type {{ answers: unknown[], lines: string[][] }[]} */
  const seen = []
  for (const [index, shop] of shops.entries()) {
    await t.test(`SHOP_THREADS=${modes[index]}`, async (t) => {
      for (const [name, suite] of Object.entries(suites)) await t.test(name, (t) => suite(t, shop))
      const answers = [...shop.answers]
      const { completed } = await shop.stats()
      t.equal(completed > 0, modes[index] !== 'none', 'there were requests in workers')
      // These come in no certain order.
      await t.test('crowd', (t) => crowd(t, shop))
      // And these use up what a client may do.
      await t.test('limits', (t) => limits(t, shop))
      t.equal(await shop.stop(), 0)
      seen.push({ answers, lines: shop.linesOf(answers.length) })
    })
  }

  const [none = { answers: [], lines: [] }, ...others] = seen
  for (const [index, other] of others.entries()) {
    await t.test(`SHOP_THREADS=${modes[index + 1]} answers the same, and logs the same, as SHOP_THREADS=none`, async (t) => {
      t.ok(none.answers.length > 100)
      t.equal(other.answers.length, none.answers.length)
      for (const [index, answer] of none.answers.entries()) t.strictSame(other.answers[index], answer, `answer ${index}`)
      for (const [index, lines] of none.lines.entries()) {
        t.ok(lines.length >= 2)
        t.strictSame(other.lines[index], lines, `what is logged of request ${index}`)
      }
    })
  }
})
