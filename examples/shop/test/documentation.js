/** @param {import('tap').Test} t @param {import('./start.js').Shop} shop */
export async function documentation (t, shop) {
  const client = shop.client()

  await t.test('has every route of the API', async (t) => {
    const { status, body } = await client.get('/docs/json')
    t.equal(status, 200)
    t.ok(Object.hasOwn(body.paths, '/api/orders/{id}/invoice'))
    t.same(body.paths['/api/reports/sales'].get.tags, ['reports'])
    t.equal(Object.hasOwn(body.paths, '/'), false)
    t.match((await client.get('/docs/yaml')).body, 'openapi: 3')
    const page = await client.get('/docs')
    t.equal(page.status, 200)
    t.match(page.headers['content-type'], /^text\/html/)
    t.match(page.body, 'swagger-ui')
    const script = await client.get('/docs/static/swagger-initializer.js')
    t.equal(script.status, 200)
    t.match(script.body, 'resolveUrl(\'./json\')')
    t.equal((await client.get('/docs/static/none.js')).status, 404)
  })

  await t.test('and the first page leads to it', async (t) => {
    t.same((await client.get('/')).body, { message: 'Tea, and what one needs for it', pages: '/docs' })
  })

  await t.test('is the shop well', async (t) => {
    t.same((await client.get('/health')).body, { status: 'ok' })
  })

  await t.test('other pages may ask', async (t) => {
    const preflight = await client.ask('OPTIONS', '/api/orders', undefined, { origin: 'https://pages.example.com', 'access-control-request-method': 'POST' })
    t.equal(preflight.status, 204)
    t.equal(preflight.headers['access-control-allow-origin'], 'https://pages.example.com')
    const { headers } = await client.get('/api/products', { origin: 'https://pages.example.com' })
    t.equal(headers['access-control-allow-origin'], 'https://pages.example.com')
    t.equal(headers['x-frame-options'], 'SAMEORIGIN')
    t.notOk((await client.get('/api/products', { origin: 'https://example.net' })).headers['access-control-allow-origin'])
  })
}
