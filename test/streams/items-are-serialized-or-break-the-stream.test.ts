import t from 'tap'
import { build, invalid } from './fixtures/item-streams.js'

interface Line { msg: string, err: { code?: string, message: string } }

let lines: Line[] = []
const app = await build({ lines: { write: (line: string) => { lines.push(JSON.parse(line) as Line) } } })
t.teardown(() => app.close())
const origin = await app.listen({ port: 0, host: '127.0.0.1' })
t.beforeEach(() => { lines = [] })

for (const side of ['worker', 'loop']) {
  for (const [name, json] of Object.entries({ none: '{"percent":"7","secret":1}', exact: '{"percent":7}', class: '{"percent":7}', default: '{"percent":7}' })) {
    t.test(`an item is serialized by the schema of the route: ${name}, ${side}`, async (t) => {
      t.equal((await app.inject(`/${side}/schema/${name}`)).body, `data: ${json}\n\n`)
      t.equal((await app.inject(`/${side}/schema/${name}/lines`)).body, `${json}\n`)
    })
  }

  t.test(`one that does not fit its schema breaks the stream after the first, and is logged: ${side}`, async (t) => {
    const response = await fetch(`${origin}/${side}/schema/exact/wrong`)
    t.equal(response.status, 201)
    await t.rejects(response.text())
    t.match(lines, [{ msg: 'response terminated with an error with headers already sent', err: { message: '"percent" is required!' } }])
  })

  t.test(`an error of the generator breaks the stream, and is logged: ${side}`, async (t) => {
    const response = await fetch(`${origin}/${side}/failing`)
    await t.rejects(response.text())
    t.match(lines, [{ err: { message: 'the producer failed' } }])
  })

  for (const name of Object.keys(invalid)) {
    t.test(`an event that is not valid is named: ${name}, ${side}`, async (t) => {
      const answer = await app.inject(`/${side}/invalid/${name}`)
      t.equal(answer.statusCode, 500)
      t.match(answer.json(), { code: 'FST_BLOCKING_INVALID_ITEM', message: new RegExp(`^events\\(\\) of GET /${side}/invalid/${name} was given .*; see docs/streams.md$`) })
      lines = []
      const response = await fetch(`${origin}/${side}/invalid-later/${name}`)
      await t.rejects(response.text())
      t.match(lines, [{ err: { code: 'FST_BLOCKING_INVALID_ITEM' } }])
    })
  }

  t.test(`a line without JSON is named: ${side}`, async (t) => {
    t.match((await app.inject(`/${side}/invalid-line`)).json(), { message: `jsonLines() of GET /${side}/invalid-line was given function, of which there is no JSON; see docs/streams.md` })
  })
}
