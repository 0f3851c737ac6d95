import compress from '@fastify/compress'
import helmet from '@fastify/helmet'
import swagger from '@fastify/swagger'
import Fastify from 'fastify'
import dashboard from 'fastify-blocking/dashboard'
import t from 'tap'
import { buildShown } from './fixtures/typed.js'
import { Viewer } from './viewer.js'

t.test('plugins that change every answer leave the page its policy, and its events their pace', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(helmet)
  await app.register(compress)
  await app.register(swagger)
  await app.register(dashboard, { prefix: '/blocking' })
  const address = await app.listen({ port: 0 })
  const page = await fetch(`${address}/blocking/`)
  t.match(page.headers.get('content-security-policy'), /^default-src 'none'; script-src 'self'; style-src 'self';/)
  t.match(await page.text(), /<title>fastify-blocking<\/title>/)
  const viewer = await Viewer.open(address, { 'accept-encoding': 'gzip, br' })
  await viewer.until(() => viewer.ticks.length === 2)
  t.same(app.swagger().paths, {}, 'and no API page lists it')
  t.same(viewer.begin.registrations, [], 'where fastify-blocking is not registered there is nothing to show')
})

t.test('it may be registered before fastify-blocking', async (t) => {
  const app = await buildShown({ isFirst: true })
  t.teardown(() => app.close())
  const viewer = await Viewer.open(await app.listen({ port: 0 }))
  t.match(viewer.begin.registrations, [{ name: '/' }])
  t.match(viewer.begin.log, [{ type: 'booted' }])
})
