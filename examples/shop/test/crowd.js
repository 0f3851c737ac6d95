import { ada, logIn } from './start.js'

/** @param {import('tap').Test} t @param {import('./start.js').Shop} shop */
export async function crowd (t, shop) {
  await t.test('of customers at the same time nobody gets what another one has', async (t) => {
    const customer = await logIn(shop, ada)
    const { body: before } = await customer.get('/api/products/5')
    t.equal(before.stock, 24)
    const answers = await Promise.all(Array.from({ length: 12 }, () => customer.post('/api/orders', { lines: [{ product: 5, pieces: 5 }] })))
    t.same(answers.map(({ status }) => status).sort(), [...Array(4).fill(201), ...Array(8).fill(409)])
    t.equal((await customer.get('/api/products/5')).body.stock, 4)
    const papers = await Promise.all(answers.filter(({ status }) => status === 201).map(({ headers }) => customer.get(`${headers.location}/invoice`)))
    for (const { bytes } of papers) t.match(bytes.toString('latin1'), /^%PDF-1\.3[^]+%%EOF\n$/)
  })
}
