/** These use up what a client may do, and so come last. @param {import('tap').Test} t @param {import('./start.js').Shop} shop */
export async function limits (t, shop) {
  const client = shop.client()

  await t.test('there are not many attempts at passwords', async (t) => {
    const attempt = () => client.post('/api/account/login', { email: 'ada@example.com', password: 'wrong' })
    let answer = await attempt()
    for (let left = Number(answer.headers['x-ratelimit-remaining']); left > 0; left--) {
      answer = await attempt()
      t.equal(answer.status, 401)
      t.equal(answer.headers['x-ratelimit-remaining'], String(left - 1))
    }
    answer = await attempt()
    t.equal(answer.status, 429)
    t.ok(answer.headers['retry-after'])
    t.match(answer.body, { error: 'Error', message: /^Rate limit exceeded/ })
  })

  await t.test('nor at addresses', async (t) => {
    const attempt = () => client.get('/api/secrets')
    let answer = await attempt()
    for (let left = Number(answer.headers['x-ratelimit-remaining']); left > 0; left--) {
      answer = await attempt()
      t.equal(answer.status, 404)
      t.same(answer.body, { error: 'not found', message: 'There is nothing at GET /api/secrets' })
    }
    t.equal((await attempt()).status, 429)
  })
}
