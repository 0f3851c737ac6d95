import { readFile } from 'node:fs/promises'
import Fastify from 'fastify'
import { dependency } from 'fastify-blocking'
import { nats } from 'fastify-blocking/nats'
import t from 'tap'
import schemas from '../dist/options/schemas.cjs'
import { readOptions } from '../dist/options/settings.js'
import { markRoute } from '../dist/routes/route-marks.js'

/*
 * The tables of docs/options.md, compared with the schemas of the options and with what is in effect where an option
 * is left out.
 */

interface Row { name: string, shape: string, fallback: string }

interface Schema {
  type?: string
  anyOf?: Schema[]
  const?: unknown
  properties?: Record<string, Schema>
  minimum?: number
  maximum?: number
  exclusiveMinimum?: number
  description?: string
}

const page = await readFile(new URL('../docs/options.md', import.meta.url), 'utf8')
const rowsOf = (heading: string): Row[] => page.split(/^## /m).find((text) => text.startsWith(`${heading}\n`))!
  .split('\n').filter((line) => line.startsWith('| `'))
  .map((line) => line.split('|').slice(1, -1).map((cell) => cell.trim()))
  .filter((cells) => cells.length === 4)
  .map(([name, shape, fallback]) => ({ name: name!.replaceAll('`', ''), shape: shape!, fallback: fallback! }))

/** Those whose parts have no rows: `app` has a section, the others are objects of the user's own. */
const whole = new Set(['app', 'schema'])

/** Each option with its schema, by its name: `pool.maxThreads`. */
function expand (schema: Schema, prefix = ''): Array<[name: string, schema: Schema]> {
  const objects = [schema, ...schema.anyOf ?? []].flatMap(({ properties }) => properties ?? [])
  return objects.flatMap((properties) => Object.entries(properties)).flatMap(([key, value]) => {
    const name = prefix + key
    const parts = whole.has(name) ? [] : expand(value, `${name}.`)
    const isGroup = parts.length > 0 && value.anyOf === undefined
    return [...isGroup ? [] : [[name, value] as [string, Schema]], ...parts]
  })
}

/** How the page writes the shape of plain values; undefined for others. */
function shapeOf ({ type, minimum, maximum, exclusiveMinimum, anyOf }: Schema): string | undefined {
  if (type === 'integer') return minimum === undefined ? 'integer' : `integer, ${minimum} or more`
  if (type === 'number') return maximum === 2 ** 31 - 1 ? `ms, ${minimum} or more` : `MB, more than ${exclusiveMinimum}`
  if (type === 'boolean' || type === 'string') return type
  const literals = anyOf?.map((member) => member.const)
  if (literals === undefined || !literals.every((literal) => typeof literal === 'string')) return undefined
  return literals.map((literal) => `\`'${literal}'\``).join(', ').replace(/, ([^,]*)$/, ' or $1')
}

/** The value of a cell that is one, such as 1000, `'any'` or `[]`. */
function literalOf (cell: string): unknown {
  if (!/^(\d+|`[^`]*`)$/.test(cell)) return undefined
  return JSON.parse(cell.replaceAll('`', '').replaceAll('\'', '"'))
}

const described = (schema: Schema): unknown => {
  const [, text] = /Default: (\S+)\.$/.exec(schema.description ?? '') ?? []
  return text !== undefined && /^(\d+|true|false|".*"|\[\])$/.test(text) ? JSON.parse(text) : undefined
}

const app = import.meta.filename
const settings = readOptions({ app })
const read = (object: unknown, name: string): unknown => name.split('.').reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], object)

const tables: Record<string, Schema> = {
  Plugin: schemas.byName.plugin, Route: schemas.byName.route, Dependency: schemas.byName.dependency
}
for (const [heading, schema] of Object.entries(tables)) {
  t.test(`docs/options.md has each option of ${heading} once, with the shape of its schema`, async (t) => {
    const rows = rowsOf(heading)
    const options = new Map(expand(schema))
    t.same(rows.map(({ name }) => name).sort(), [...options.keys()].sort())
    for (const { name, shape, fallback } of rows) {
      const option = options.get(name)!
      const known = shapeOf(option)
      if (known !== undefined) t.equal(shape, known, `shape of ${name}`)
      const [literal, told] = [literalOf(fallback), described(option)]
      if (told !== undefined && literal !== undefined) t.same(literal, told, `default of ${name}, as its schema tells`)
      if (told !== undefined && fallback !== '') t.match(fallback, /^(\d|`|none)/, `default of ${name} is not left out`)
    }
  })
}

t.test('defaults of the plugin in docs/options.md are those that are in effect', async (t) => {
  const seen = new Set<string>()
  for (const { name, fallback } of rowsOf('Plugin')) {
    const [literal, actual] = [literalOf(fallback), read(settings, name)]
    if (literal === undefined || actual === undefined) continue
    t.same(actual, literal, name)
    seen.add(name)
  }
  t.same([...seen].sort(), [
    'context', 'dispatch', 'errorClasses', 'grace', 'pool.concurrentTasksPerWorker', 'pool.idleTimeout',
    'pool.maxRetired', 'queue.max', 'queue.timeout', 'timeout', 'workerHooks'
  ])
})

t.test('defaults that docs/options.md tells in words are those that are in effect', async (t) => {
  const fallbackOf = new Map(rowsOf('Plugin').map(({ name, fallback }) => [name, fallback]))
  const remote = nats({ servers: 'nats://127.0.0.1:4222' })
  t.equal(fallbackOf.get('dispatch.measured.threshold'), String(readOptions({ app, dispatch: { measured: {} } }).threshold))
  t.equal(fallbackOf.get('advice.threshold'), String(readOptions({ app, advice: true }).advice?.threshold))
  t.equal(fallbackOf.get('pool.minThreads'), `${settings.pool.minThreads}; ${readOptions({ app, remote, pool: { maxThreads: 0 } }).pool.minThreads} where \`pool.maxThreads\` is 0`)
  const nice = /^(\d+) on Linux, else (\d+)$/.exec(fallbackOf.get('pool.niceIncrement')!)!
  t.equal(settings.pool.niceIncrement, Number(process.platform === 'linux' ? nice[1] : nice[2]))
  t.equal(fallbackOf.get('advice'), '`true`, unless `NODE_ENV` is `production` or `test`')
  const given = process.env.NODE_ENV
  t.teardown(() => { process.env.NODE_ENV = given })
  for (const [environment, isOn] of [['production', false], ['test', false], ['development', true]] as const) {
    process.env.NODE_ENV = environment
    t.equal(readOptions({ app }).advice !== undefined, isOn, environment)
  }
})

t.test('defaults of routes and dependencies in docs/options.md are those that are in effect', async (t) => {
  const server = Fastify()
  t.teardown(() => server.close())
  const handler = () => 'x'
  const marks = markRoute(server, { method: 'GET', url: '/', handler, blocking: {} }, handler, settings, false)!
  const ofRoute = new Map(rowsOf('Route').map(({ name, fallback }) => [name, fallback]))
  t.same([marks.priority, marks.isTerminable, marks.where], ['priority', 'terminate', 'where'].map((name) => literalOf(ofRoute.get(name)!)))
  t.same([ofRoute.get('concurrency'), marks.concurrency], ['no limit', Infinity])
  t.equal(marks.timeout, settings.timeout)
  const patient = Fastify({ handlerTimeout: 1234 })
  t.teardown(() => patient.close())
  t.equal(markRoute(patient, { method: 'GET', url: '/', handler, blocking: true }, handler, settings, false)!.timeout, 1234)
  const { cache, lifetime, hook } = dependency(handler)
  const ofDependency = new Map(rowsOf('Dependency').map(({ name, fallback }) => [name, fallback]))
  t.same([cache, lifetime, hook], ['cache', 'lifetime', 'hook'].map((name) => literalOf(ofDependency.get(name)!)))
})
