import t from 'tap'
import { Listening, readAnswers } from '../fuzz/connection.js'
import { build, handlers } from './apps/wrong-framing.js'

t.test('the error that follows a header that is refused is framed as what it is, whatever length or status there was before', async (t) => {
  const [loop, worker] = [new Listening(await build({ blocking: false })), new Listening(await build({ blocking: true }))]
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
})
