import { ada, grace, logIn } from './start.js'

/** @param {import('tap').Test} t @param {import('./start.js').Shop} shop */
export async function orders (t, shop) {
  const customer = await logIn(shop, ada)
  const staff = await logIn(shop, grace)
  const other = shop.client()
  await other.post('/api/account/register', { email: 'edsger@example.com', name: 'Edsger', password: 'a short path' })

  await t.test('are for those who are logged in', async (t) => {
    for (const path of ['/api/orders', '/api/orders/1', '/api/orders/1/mail', '/api/orders/1/invoice', '/api/reports/sales']) {
      const { status, body } = await shop.client().get(path)
      t.equal(status, 401, path)
      t.equal(body.message, 'Log in first', path)
    }
    t.equal((await shop.client().post('/api/orders', { lines: [{ product: 1, pieces: 1 }] })).status, 401)
  })

  await t.test('one is placed', async (t) => {
    const { status, headers, body } = await customer.post('/api/orders', { lines: [{ product: 1, pieces: 2 }, { product: 4, pieces: 1 }] })
    t.equal(status, 201)
    t.equal(headers.location, '/api/orders/1')
    t.match(body, { id: 1, name: 'Ada', email: 'ada@example.com', status: 'placed', cents: 3_150 })
    t.same(body.lines, [{ product: 1, name: 'green tea', pieces: 2, cents: 1_250 }, { product: 4, name: 'tea strainer', pieces: 1, cents: 650 }])
    t.equal((await shop.client().get('/api/products/1')).body.stock, 38)
    t.same((await customer.get('/api/orders')).body, [{ id: 1, placed: body.placed, status: 'placed', cents: 3_150 }])
    t.same((await customer.get('/api/orders/1')).body, body)
    t.same((await staff.get('/api/orders/1')).body, body)
    t.same((await staff.get('/api/orders')).body, [])
  })

  await t.test('of one that cannot be delivered nothing stays', async (t) => {
    const { status, body } = await customer.post('/api/orders', { lines: [{ product: 1, pieces: 1 }, { product: 3, pieces: 6 }] })
    t.equal(status, 409)
    t.same(body, { error: 'SHOP_SOLD_OUT', message: 'Of teapot there are only 5' })
    t.equal((await customer.post('/api/orders', { lines: [{ product: 1, pieces: 1 }, { product: 99, pieces: 6 }] })).status, 404)
    t.equal((await customer.post('/api/orders', { lines: [] })).status, 400)
    t.equal((await customer.post('/api/orders', { lines: [{ product: 1, pieces: 1, cents: 1 }] })).status, 400)
    t.equal((await customer.get('/api/orders')).body.length, 1)
    t.equal((await shop.client().get('/api/products/1')).body.stock, 38)
  })

  await t.test('nobody sees those of others', async (t) => {
    for (const path of ['/api/orders/1', '/api/orders/1/mail', '/api/orders/1/invoice', '/api/orders/99']) {
      const { status, headers, body } = await other.get(path)
      t.equal(status, 404, path)
      t.match(headers['content-type'], /^application\/json/, path)
      t.match(body.message, /^There is no order/, path)
    }
    t.equal((await other.post('/api/orders/1/cancel')).status, 404)
    t.same((await other.get('/api/orders')).body, [])
  })

  await t.test('a mail and an invoice', async (t) => {
    const mail = await customer.get('/api/orders/1/mail')
    t.equal(mail.headers['content-type'], 'text/plain; charset=utf-8')
    t.match(mail.body, 'To: Ada <ada@example.com>\nSubject: Your order 1')
    t.match(mail.body, 'Altogether 31.50 EUR')

    const invoice = await customer.get('/api/orders/1/invoice')
    t.equal(invoice.status, 200)
    t.equal(invoice.headers['content-type'], 'application/pdf')
    t.equal(invoice.headers['content-disposition'], 'attachment; filename="invoice-1.pdf"')
    t.match(invoice.bytes.toString('latin1'), /^%PDF-1\.3[^]+%%EOF\n$/)
  })

  await t.test('one is cancelled, once', async (t) => {
    const { headers } = await other.post('/api/orders', { lines: [{ product: 5, pieces: 24 }] })
    t.equal((await customer.post('/api/orders', { lines: [{ product: 5, pieces: 1 }] })).status, 409)
    const cancelled = await other.post(`${headers.location}/cancel`)
    t.equal(cancelled.status, 200)
    t.equal(cancelled.body.status, 'cancelled')
    t.equal((await other.post(`${headers.location}/cancel`)).status, 409)
    t.equal((await shop.client().get('/api/products/5')).body.stock, 24)
  })

  await t.test('reports are for staff', async (t) => {
    t.equal((await customer.get('/api/reports/sales')).status, 403)
    t.equal((await customer.get('/api/reports/orders.csv')).status, 403)
    const sales = await staff.get('/api/reports/sales')
    t.same(sales.body, [
      { product: 'green tea', pieces: 2, cents: 2_500, share: 2_500 / 3_150 },
      { product: 'tea strainer', pieces: 1, cents: 650, share: 650 / 3_150 }
    ])
    t.same((await staff.get('/api/reports/sales?to=2001-01-01')).body, [])
    t.equal((await staff.get('/api/reports/sales?to=soon')).status, 400)

    const table = await staff.get('/api/reports/orders.csv')
    t.equal(table.headers['content-type'], 'text/csv; charset=utf-8')
    t.equal(table.body, 'order,customer,status,cents\n1,ada@example.com,placed,3150\n2,edsger@example.com,cancelled,36000\n')
  })
}
