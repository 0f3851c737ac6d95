import t from 'tap'
import { buildShown } from './fixtures/typed.js'

t.test('the page loads all that it needs by relative paths, with a strict content security policy', async (t) => {
  const app = await buildShown()
  t.teardown(() => app.close())
  await app.ready()
  const { body, headers } = await app.inject('/blocking/')
  t.equal(headers['content-type'], 'text/html; charset=utf-8')
  t.equal(headers['content-security-policy'], "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; " +
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
  t.match(headers, { 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' })
  const loaded = [...body.matchAll(/(?:src|href)="([^"#]+)"/g)].map(([, url]) => url!)
  t.ok(loaded.includes('page.js') && loaded.includes('uplot.js'))
  const types: Record<string, string> = { js: 'text/javascript', css: 'text/css', svg: 'image/svg+xml' }
  for (const url of loaded) {
    t.match(url, /^[\w-]+\.(js|css|svg)$/)
    const file = await app.inject(`/blocking/${url}`)
    t.equal(file.statusCode, 200, url)
    t.ok(String(file.headers['content-type']).startsWith(types[url.split('.').at(-1)!]!))
    const again = await app.inject({ url: `/blocking/${url}`, headers: { 'if-none-match': String(file.headers.etag) } })
    t.same([again.statusCode, again.body], [304, ''])
  }
})

t.test('without the slash at its end the address leads to the one with it, wherever a proxy has put the server', async (t) => {
  for (const prefix of ['/blocking', '/admin/blocking']) {
    const app = await buildShown({ dashboard: { prefix } })
    t.teardown(() => app.close())
    await app.ready()
    for (const query of ['', '?a=/b']) {
      const { statusCode, headers } = await app.inject(prefix + query)
      t.equal(statusCode, 302)
      const reached = new URL(headers.location!, `http://proxy/cut${prefix}${query}`)
      t.equal(reached.href, `http://proxy/cut${prefix}/${query}`)
    }
    t.equal((await app.inject(`${prefix}/`)).statusCode, 200)
  }
})

t.test('whatever option dispatch says, the dashboard is served by the loop', async (t) => {
  for (const dispatch of ['all', 'signature', 'measured', 'explicit']) {
    const app = await buildShown({ plugin: { dispatch } })
    t.teardown(() => app.close())
    await app.ready()
    t.equal((await app.inject('/blocking/')).statusCode, 200)
    t.equal((await app.inject({ method: 'HEAD', url: '/blocking/' })).statusCode, 200)
    t.equal((await app.inject({ method: 'HEAD', url: '/blocking/events' })).statusCode, 404, 'which would not end')
    t.same(Object.keys(app.blocking.stats().routes), [])
  }
})
