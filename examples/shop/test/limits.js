/** These use up what a client may do, and so come last. @param {Tap.Test} t @param {import('./start.js').Shop} shop */
export async function limits (t, shop) {
  const client = shop.client()

  await t.test('there are not many attempts at passwords', async (t) => {
    const attempt = () => client.post('/api/account/login', { email: 'ada@example.com', password: 'wrong' })
    let answer = await attempt()
    const remaining = Number(answer.headers['x-ratelimit-remaining'])
    for (let left = remaining; left > 0; left--) {
      answer = await attempt()
      t.equal(answer.status, 401)
      t.equal(answer.headers['x-ratelimit-remaining'], String(left - 1))
    }
    answer = await attempt()
    t.equal(answer.status, 429)
    t.ok(answer.headers['retry-after'])
    t.match(answer.body, { error: 'failed', message: /^Rate limit exceeded/ })
  })

  await t.test('nor at addresses', async (t) => {
    for (let left = 3; left > 0; left--) {
      const { status, body } = await client.get('/api/secrets')
      t.equal(status, 404)
      t.same(body, { error: 'not found', message: 'There is nothing at GET /api/secrets' })
    }
    t.equal((await client.get('/api/secrets')).status, 429)
  })
}
