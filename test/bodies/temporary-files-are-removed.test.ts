import { readdirSync } from 'node:fs'
import { dirname } from 'node:path'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { beginPost } from '../support/upload.js'
import { until } from '../support/until.js'
import { begun, build, createCounts, gate } from './fixtures/bodies.js'

const type = 'multipart/form-data; boundary=b'
const form = '--b\r\ncontent-disposition: form-data; name="a"; filename="a.txt"\r\n\r\ncontent\r\n--b--\r\n'

t.test('those of saveRequestFiles() when the visit is over', async (t) => {
  const folder = t.testdir()
  const app = await build({ folder })
  t.teardown(() => app.close())
  const answer = await app.inject({ method: 'POST', url: '/saved', headers: { 'content-type': type }, payload: form })
  t.equal(answer.statusCode, 200)
  t.same((answer.json() as string[]).map(dirname), [folder])
  await until('the folder is empty', () => readdirSync(folder).length === 0)
})

t.test('when the client has hung up, and the handler failed after that', async (t) => {
  const folder = t.testdir()
  const counts = createCounts()
  const app = await build({ folder, counts })
  t.teardown(() => app.close())
  await app.listen({ port: 0, host: '127.0.0.1' })
  const socket = await beginPost((app.server.address() as AddressInfo).port, '/saved-then-wait', { 'content-type': type, 'content-length': form.length })
  socket.write(form)
  await until('it is saved', () => Atomics.load(counts, begun) === 1)
  t.equal(readdirSync(folder).length, 1)
  socket.destroy()
  Atomics.store(counts, gate, 1)
  await until('the folder is empty', () => readdirSync(folder).length === 0)
})

t.test('when the form breaks off, and when the client hangs up in the middle of it', async (t) => {
  const folder = t.testdir()
  const app = await build({ folder, multipart: { limits: { fileSize: 5 } } })
  t.teardown(() => app.close())
  await app.listen({ port: 0, host: '127.0.0.1' })
  const answer = await app.inject({ method: 'POST', url: '/saved', headers: { 'content-type': type }, payload: form })
  t.match(answer.json(), { statusCode: 413, code: 'FST_REQ_FILE_TOO_LARGE' })
  const socket = await beginPost((app.server.address() as AddressInfo).port, '/saved', { 'content-type': type, 'content-length': 1_000 })
  socket.write(form.slice(0, 75))
  await until('it is being saved', () => readdirSync(folder).length === 1)
  socket.destroy()
  await until('the folder is empty', () => readdirSync(folder).length === 0)
})
