import t from 'tap'
import { bootError, registerFixture } from '../support/boot.js'

t.test('blocking routes that differ between the threads fail ready() with their names', async (t) => {
  const app = await registerFixture('other-routes.js')
  app.get('/both', { blocking: true }, () => 'both')
  app.get('/changed', { blocking: true }, () => 'changed')
  app.get('/loop', async () => 'only here, which is nobody\'s business')
  const error = await bootError(app)
  t.equal(error.code, 'FST_BLOCKING_DIFFERENT_APP')
  t.match(error.message, 'other-routes.js')
  t.match(error.message, 'GET /changed is missing in the worker')
  t.match(error.message, 'GET /worker host=example.com is only in the worker')
  t.notMatch(error.message, '/both')
  t.notMatch(error.message, '/loop')
})
