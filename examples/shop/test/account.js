import { ada, logIn } from './start.js'

/** @param {import('tap').Test} t @param {import('./start.js').Shop} shop */
export async function account (t, shop) {
  await t.test('nobody is logged in at first', async (t) => {
    const { status, body } = await shop.client().get('/api/account')
    t.equal(status, 401)
    t.same(body, { error: 'UnauthorizedError', message: 'Log in first' })
  })

  await t.test('one registers, and is logged in', async (t) => {
    const client = shop.client()
    const registration = { email: 'alan@example.com', name: 'Alan', password: 'a long one indeed' }
    const { status, headers, body } = await client.post('/api/account/register', registration)
    t.equal(status, 201)
    t.equal(headers.location, '/api/account')
    t.match(headers['set-cookie'], /^shop=\S+; Path=\/; .*HttpOnly; SameSite=Lax/)
    t.same(body, { id: body.id, email: 'alan@example.com', name: 'Alan', role: 'customer' })
    t.same((await client.get('/api/account')).body, body)

    const again = await shop.client().post('/api/account/register', { ...registration, email: 'ALAN@example.com' })
    t.equal(again.status, 409)
    t.equal(again.body.message, 'ALAN@example.com has an account')
    t.notOk(again.headers['set-cookie'])
  })

  await t.test('what is invalid is named', async (t) => {
    const client = shop.client()
    t.same((await client.post('/api/account/register', { email: 'x', name: 'X', password: 'a long one indeed' })).body,
      { error: 'invalid', part: 'body', message: 'body/email must match format "email"' })
    t.same((await client.post('/api/account/login', { ...ada, role: 'staff' })).body,
      { error: 'invalid', part: 'body', message: 'body must NOT have additional properties' })
    const broken = await client.post('/api/account/login', '{ "email": ')
    t.equal(broken.status, 400)
    const none = await client.ask('POST', '/api/account/login', '')
    t.equal(none.status, 400)
    t.equal((await client.ask('POST', '/api/account/login', 'a=b', { 'content-type': 'application/x-www-form-urlencoded' })).status, 415)
  })

  await t.test('a wrong password, and an address that nobody has, are answered alike', async (t) => {
    const client = shop.client()
    const one = await client.post('/api/account/login', { ...ada, password: 'wrong' })
    const other = await client.post('/api/account/login', { ...ada, email: 'nobody@example.com' })
    t.equal(one.status, 401)
    t.equal(other.status, 401)
    t.same(one.body, { error: 'UnauthorizedError', message: 'E-mail or password is wrong' })
    t.same(other.body, one.body)
  })

  await t.test('a login makes another session', async (t) => {
    const client = await logIn(shop, ada)
    t.equal((await client.get('/api/account')).body.name, 'Ada')
    const { status, headers } = await client.post('/api/account/login', ada)
    t.equal(status, 200)
    t.ok(headers['set-cookie'])
    t.equal((await client.get('/api/account')).body.name, 'Ada')
  })

  await t.test('a logout ends it', async (t) => {
    const client = await logIn(shop, ada)
    const { status, bytes } = await client.post('/api/account/logout')
    t.equal(status, 204)
    t.equal(bytes.length, 0)
    t.equal((await client.get('/api/account')).status, 401)
  })

  await t.test('a password is changed', async (t) => {
    const first = { email: 'joan@example.com', password: 'the first of two' }
    const client = shop.client()
    await client.post('/api/account/register', { ...first, name: 'Joan' })
    t.equal((await client.put('/api/account/password', { password: 'wrong', newPassword: 'the second of two' })).status, 401)
    t.equal((await client.put('/api/account/password', { password: first.password, newPassword: 'short' })).status, 400)
    t.equal((await client.put('/api/account/password', { password: first.password, newPassword: 'the second of two' })).status, 204)
    t.equal((await shop.client().post('/api/account/login', first)).status, 401)
    t.equal((await shop.client().post('/api/account/login', { ...first, password: 'the second of two' })).status, 200)
    t.equal((await shop.client().put('/api/account/password', { password: 'x', newPassword: 'the second of two' })).status, 401)
  })
}
