import t from 'tap'
import { build, surroundings, tell } from './fixtures/surroundings.js'
import { readTable } from './page.js'

t.test('a blocking handler finds around it what docs/what-crosses.md says', async (t) => {
  const rows = await readTable('What is there without crossing')
  const titles = Object.keys(surroundings)
  t.same(rows.map(({ title }) => title), titles, 'each row has a case, and each case a row')
  const app = await build()
  t.teardown(() => app.close())
  await app.listen({ port: 0, host: '127.0.0.1' })

  for (const { title, cells } of rows) {
    const { statusCode, body, headers } = await app.inject(`/child/${titles.indexOf(title)}`)
    if (title === '`process.exit()`') {
      t.strictSame([statusCode, `\`${JSON.parse(body).code}\``], [500, cells['in a worker']], title)
    } else t.strictSame([statusCode, body, headers['x-kept']], [200, cells['in a worker'], title.startsWith('what the handler puts') ? 'true' : 'undefined'], title)
  }
  t.strictSame(tell(), { variable: 'by a hook', global: 'by a hook', env: 'by a hook' }, 'while the loop has what its hooks have changed')
})
