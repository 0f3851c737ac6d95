import { join } from 'node:path'
import t from 'tap'
import { account } from './account.js'
import { documentation } from './documentation.js'
import { limits } from './limits.js'
import { orders } from './orders.js'
import { products } from './products.js'
import { start } from './start.js'

const suites = { account, products, orders, documentation, limits }

/** @type {Record<string, { answers: unknown[], lines: Record<string, unknown[]> }>} */
const seen = {}

for (const threads of ['none', 'explicit', 'all']) {
  t.test(`SHOP_THREADS=${threads}`, async (t) => {
    const shop = await start({ SHOP_THREADS: threads, LIMIT_LOGINS: '24', LIMIT_NOT_FOUND: '5', SHOP_DATA: join(t.testdir(), 'data') })
    t.teardown(shop.stop)
    for (const [name, suite] of Object.entries(suites)) await t.test(name, (t) => suite(t, shop))
    const { completed } = /** @type {import('fastify-blocking').Stats} */ ((await shop.client().get('/stats')).body)
    t.equal(completed > 0, threads !== 'none', 'there were requests in workers')
    t.equal(await shop.stop(), 0)
    seen[threads] = { answers: shop.answers, lines: shop.linesByRequest() }
  })
}

t.test('wherever its handlers run the shop answers the same, and logs the same', async (t) => {
  for (const threads of ['explicit', 'all']) {
    t.ok(seen.none.answers.length > 50)
    for (const [index, answer] of seen.none.answers.entries()) t.strictSame(seen[threads].answers[index], answer, `${threads}: answer ${index}`)
    t.equal(seen[threads].answers.length, seen.none.answers.length)
    for (const [request, lines] of Object.entries(seen.none.lines)) t.strictSame(seen[threads].lines[request], lines, `${threads}: lines of ${request}`)
    t.strictSame(Object.keys(seen[threads].lines), Object.keys(seen.none.lines))
  }
})
