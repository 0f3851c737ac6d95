import { FormData } from 'undici'
import { ada, grace, logIn } from './start.js'

/** @param {import('tap').Test} t @param {import('./start.js').Shop} shop */
export async function products (t, shop) {
  const anybody = shop.client()
  const staff = await logIn(shop, grace)

  await t.test('anybody finds them', async (t) => {
    const { status, headers, body } = await anybody.get('/api/products?search=tea&order=price&limit=2')
    t.equal(status, 200)
    t.equal(headers['cache-control'], 'private, no-store')
    t.equal(body.total, 4)
    t.same(body.products.map((/** @type {any} */ { name }) => name), ['tea strainer', 'black tea'])
    t.same((await anybody.get('/api/products?search=tea&order=price&limit=2&page=2')).body.products.map((/** @type {any} */ { name }) => name),
      ['green tea', 'teapot'])
    t.equal((await anybody.get('/api/products')).body.total, 5)
    t.equal((await anybody.get('/api/products?limit=0')).status, 400)
    t.equal((await anybody.get('/api/products?order=size')).status, 400)
    t.same((await anybody.get('/api/products/1')).body, {
      id: 1, name: 'green tea', description: 'from Uji, 100 g', cents: 1250, stock: 40, hasPicture: false
    })
    t.same((await anybody.get('/api/products/99')).body, { error: 'NotFoundError', message: 'There is no product 99' })
    t.equal((await anybody.get('/api/products/99')).status, 404)
    t.equal((await anybody.get('/api/products/one')).status, 400)
    const head = await anybody.ask('HEAD', '/api/products/1')
    t.equal(head.status, 200)
    t.equal(head.bytes.length, 0)
  })

  await t.test('staff alone changes them', async (t) => {
    const customer = await logIn(shop, ada)
    const kettle = { name: 'kettle', cents: 3_500 }
    t.equal((await anybody.post('/api/products', kettle)).status, 401)
    t.equal((await customer.post('/api/products', kettle)).status, 403)
    t.equal((await customer.delete('/api/products/1')).status, 403)

    const added = await staff.post('/api/products', kettle)
    t.equal(added.status, 201)
    t.equal(added.headers.location, `/api/products/${added.body.id}`)
    t.same(added.body, { id: added.body.id, ...kettle, description: '', stock: 0, hasPicture: false })
    t.equal((await staff.post('/api/products', kettle)).status, 409)
    t.equal((await staff.post('/api/products', { ...kettle, colour: 'blue' })).status, 400)
    t.equal((await staff.post('/api/products', { ...kettle, cents: 'many' })).status, 400)

    const path = `/api/products/${added.body.id}`
    t.same((await staff.patch(path, { stock: 3 })).body, { ...added.body, stock: 3 })
    t.equal((await staff.patch(path, {})).status, 400)
    t.equal((await staff.patch('/api/products/99', { stock: 3 })).status, 404)
    t.equal((await staff.delete(path)).status, 204)
    t.equal((await staff.delete(path)).status, 404)
  })

  await t.test('they have pictures', async (t) => {
    const picture = Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), Buffer.alloc(300_000, 7)])
    const path = '/api/products/2/picture'
    t.equal((await anybody.get(path)).status, 404)
    t.equal((await anybody.put(path, form(picture))).status, 401)

    const { status, headers, body } = await staff.put(path, form(picture))
    t.equal(status, 201)
    t.equal(headers.location, path)
    t.same(body, { bytes: picture.length, kind: 'image/png' })
    t.equal((await anybody.get('/api/products/2')).body.hasPicture, true)

    const whole = await anybody.get(path)
    t.equal(whole.status, 200)
    t.equal(whole.headers['content-type'], 'image/png')
    t.ok(whole.bytes.equals(picture))
    const part = await anybody.get(path, { range: 'bytes=0-7' })
    t.equal(part.status, 206)
    t.equal(part.bytes.toString('latin1'), '\x89PNG\r\n\x1a\n')
    t.equal(part.headers['content-range'], `bytes 0-7/${picture.length}`)
    const known = await anybody.get(path, { 'if-none-match': /** @type {string} */ (whole.headers.etag), 'cache-control': 'max-age=0' })
    t.equal(known.status, 304)
    t.equal((await anybody.ask('HEAD', path)).headers['content-length'], String(picture.length))

    t.equal((await staff.put(path, form(picture, 'cat.gif', 'image/gif'))).status, 415)
    t.equal((await staff.put(path, form(Buffer.alloc(1_000_001)))).status, 413)
    t.equal((await staff.put('/api/products/99/picture', form(picture))).status, 404)
    t.equal((await staff.put(path, new FormData())).status, 400)
    t.equal((await staff.put(path, { picture: 'none' })).status, 406)
    t.ok((await anybody.get(path)).bytes.equals(picture))
  })
}

/** @param {Buffer} bytes */
function form (bytes, name = 'cat.png', type = 'image/png') {
  const form = new FormData()
  form.set('picture', new File([bytes], name, { type }))
  return form
}
