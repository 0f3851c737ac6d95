import t from 'tap'
import { Listening, readAnswers } from '../fuzz/connection.js'
import { compare, serve } from '../lifecycle/compare.js'
import { ThreadCount } from '../support/threads.js'
import { build as buildCookies } from './fixtures/odd-cookies.js'
import { build, headers, names, statuses } from './fixtures/odd-headers.js'
import { build as buildFraming, handlers } from './fixtures/wrong-framing.js'

const threads = new ThreadCount()
const isText = (title: string): boolean => title === 'an object with a text'

t.test('a header that cannot be made a text is the error that it is on the loop', (t) => compare(t, build, Object.keys(headers).flatMap((title, number) => {
  const isFine = isText(title) || title === 'undefined'
  return [
    { title, path: `/${number}`, status: isFine ? 200 : 500 },
    { title: `${title}, with a status`, path: `/coded/${number}`, status: 404 },
    { title: `${title}, and then another one`, path: `/two/${number}`, status: 500 },
    { title: `${title}, with an error handler`, path: `/handled/${number}`, status: isFine ? 200 : 418 }
  ]
})))

t.test('a header of the raw response that cannot be made a text is the error that it is on the loop', (t) => compare(t, build, [
  // A list with undefined in it Node takes here, and writes that.
  ...Object.keys(headers).flatMap((title, number) => /hole|undefined/.test(title) ? [] : ['raw', 'appended'].map((way) => ({ title: `${title}, ${way}`, path: `/${way}/${number}`, status: isText(title) ? 200 : 500 }))),
  ...names.map((name, number) => ({ title: `the name ${JSON.stringify(name)}`, path: `/named/${number}`, status: /^[a-z]+$/i.test(name) ? 200 : 500 }))
]))

t.test('no thread was lost by a header, but for the one of each app', async (t) => { t.equal(threads.started, 2) })

t.test('in a worker', async (t) => {
  const threads = new ThreadCount()
  const { send } = await serve(t, build, true)

  await t.test('a status that cannot be sent is an error of the handler', async (t) => {
    for (const [number, title] of Object.keys(statuses).entries()) {
      const { status, body } = await send({ path: `/status/${number}` })
      t.equal(status, 500, title)
      t.match(JSON.parse(body.toString()), { message: /^(Invalid|Cannot convert)/ }, title)
    }
    t.equal(threads.started, 1, 'no thread was lost')
  })

  await t.test('a header that announces trailers, of which there are none, is refused: Node would throw it at nobody when a stream is sent', async (t) => {
    for (const way of ['header', 'raw', 'text']) {
      const { status, body } = await send({ path: `/trailer/${way}` })
      t.equal(status, 500, way)
      t.match(JSON.parse(body.toString()), { code: 'FST_BLOCKING_LOOP_ONLY' }, way)
    }
    t.equal(threads.started, 1, 'no thread was lost')
  })
})

t.test('other statuses are what they are on the loop', (t) => compare(t, build, [
  ...Array.from({ length: 8 }, (_, number) => ({ title: `message ${number}`, path: `/message/${number}` })),
  ...Array.from({ length: 4 }, (_, number) => ({ title: `code ${number}`, path: `/code/${number}`, status: 404 }))
]))

t.test('what fails in an onSend hook of the worker, whatever is answered, is what it is on the loop', async (t) => {
  const threads = new ThreadCount()
  const post = (title: string, path: string, name: string, status: number) =>
    ({ title, path, method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ name }), status })
  await compare(t, buildCookies, [
    post('a cookie', '/', 'fine', 200),
    post('half a character', '/', '\ud800', 500),
    post('half a character, and an error handler', '/handled', '\ud800', 418),
    post('a cookie, afterwards', '/', 'fine', 200)
  ])
  t.equal(threads.started, 1, 'no thread was lost')
})

t.test('headers that are wrong as well are left out', async (t) => {
  const threads = new ThreadCount()
  for (const { send } of [await serve(t, buildCookies, false), await serve(t, buildCookies, true)]) {
    for (const path of ['/header', '/odder']) {
      const { status, headers, body } = await send({ path, method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"name":"\\ud800"}' })
      t.equal(status, 500, path)
      t.notOk('x-odd' in headers, path)
      t.match(JSON.parse(body.toString()), { message: 'URI malformed' }, path)
    }
  }
  t.equal(threads.started, 1, 'no thread was lost')
})

t.test('the error that follows a header that is refused is framed as what it is, whatever length or status there was before', async (t) => {
  const [loop, worker] = [new Listening(await buildFraming({ blocking: false })), new Listening(await buildFraming({ blocking: true }))]
  t.teardown(() => Promise.all([loop, worker].map(({ app }) => app.close())))
  await Promise.all([loop.open(), worker.open()])
  const ask = (listening: Listening, path: string) => listening.talk(Buffer.from(`GET ${path} HTTP/1.1\r\nhost: app.test\r\n\r\nGET /next HTTP/1.1\r\nhost: app.test\r\n\r\n`))

  for (const [index, title] of Object.keys(handlers).entries()) {
    for (const [prefix, status] of [['', 500], ['/handled', 418]] as const) {
      const { answers, malformed } = readAnswers(await ask(worker, `${prefix}/${index}`))
      t.equal(malformed, undefined, `${title} ${prefix}: two answers that can be told apart`)
      t.same(answers.map(({ status }) => status), [status, 200], `${title} ${prefix}`)
      t.match(answers[0]?.body, /ERR_(INVALID_CHAR|INVALID_HTTP_TOKEN|HTTP_INVALID_HEADER_VALUE)/, `${title} ${prefix}: with the error`)
      t.equal(answers[1]?.body, 'next', `${title} ${prefix}: and what comes next`)
    }
    const mended = await ask(loop, `/mended/${index}`)
    t.notMatch(mended.text, / 500 /, `${title}, mended by a hook`)
    t.equal((await ask(worker, `/mended/${index}`)).text, mended.text, `${title}, mended by a hook: the same, byte by byte`)
  }
  const [{ text }, { text: expected }] = [await ask(worker, '/stream'), await ask(loop, '/stream')]
  t.match(expected, /ERR_INVALID_CHAR.*next/s)
  t.equal(text, expected, 'a stream: the same, byte by byte')
})
