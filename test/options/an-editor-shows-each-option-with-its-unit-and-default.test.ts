import { join } from 'node:path'
import t from 'tap'
import ts from 'typescript'
import schemas from '../../dist/options/schemas.cjs'

/*
 * Asks TypeScript's language service what an editor shows of each option, where it is written in a call.
 */

interface Schema {
  description?: string
  type?: string
  const?: unknown
  anyOf?: Schema[]
  properties?: Record<string, Schema>
  required?: string[]
}

interface Written {
  /** Kind and path: "plugin pool.maxThreads". */
  name: string
  /** Where the option is written in the file. */
  position: number
  hasDefault: boolean
  /** 'ms' or 'MB', for a number that is a measure. */
  unit: string | undefined
}

let text = `import Fastify from 'fastify'
import blocking, { type BlockingOptions, dependency } from 'fastify-blocking'
import dashboard from 'fastify-blocking/dashboard'
import { nats } from 'fastify-blocking/nats'
import { apiKey, basic, bearer } from 'fastify-blocking/security'
const app = Fastify()
`
const written: Written[] = []

/** The objects that fit a schema; none if it is no object. */
const objectsOf = (schema: Schema): Schema[] => [schema, ...schema.anyOf ?? []].filter(({ properties }) => properties !== undefined)

/** Writes a value that fits the schema; of several objects that do, the one of that index. */
function write (schema: Schema, name: string, index: number): void {
  const objects = objectsOf(schema)
  if (objects.length === 0) text += valueOf(schema)
  else writeObject(objects[index % objects.length]!, name, index)
}

function writeObject ({ properties = {}, required = [] }: Schema, name: string, index: number): void {
  text += '{ '
  for (const [property, schema] of Object.entries(properties)) {
    const isGroup = objectsOf(schema).length > 0 && schema.anyOf === undefined
    const path = `${name}${name.endsWith(' ') ? '' : '.'}${property}`
    written.push({
      name: path,
      position: text.length,
      hasDefault: !required.includes(property) && !isGroup,
      unit: schema.type === 'number' ? /\b(ms|MB)\b/.exec(schema.description ?? '')?.[1] ?? 'ms or MB' : undefined
    })
    text += `${property}: `
    write(schema, path, index)
    text += ', '
  }
  text += '}'
}

function valueOf ({ type, anyOf, const: constant }: Schema): string {
  if (constant !== undefined) return `'${constant as string}'`
  if (anyOf !== undefined) return valueOf(anyOf[0]!)
  switch (type) {
    case 'string': return '\'text\''
    case 'number': case 'integer': return '1'
    case 'boolean': return 'true'
    case 'array': return '[]'
    case 'object': return '{}'
    default: return 'undefined as never'
  }
}

/**
 * How an option is written in the call of each kind. Options of the plugin stand by themselves, and not in register(),
 * which takes a function as well: of `name`, which a function has too, an editor shows neither there.
 */
const calls: Record<keyof typeof schemas.byName, [before: string, after: string]> = {
  plugin: ['await app.register(blocking, ((options: BlockingOptions) => options)(', '))'],
  route: ['app.get(\'/\', { blocking: ', ' }, () => \'x\')'],
  offload: ['app.blocking.offload(\'add\', ', ', () => 5)'],
  dependency: ['dependency(', ', () => 5)'],
  bearer: ['bearer(', ')'],
  basic: ['basic(', ')'],
  apiKey: ['apiKey(', ')'],
  dashboard: ['app.register(dashboard, ', ')']
}
for (const [kind, schema] of Object.entries(schemas.byName) as Array<[keyof typeof calls, Schema]>) {
  for (const index of [0, 1]) {
    text += calls[kind][0]
    write(schema, `${kind} `, index)
    text += `${calls[kind][1]}\n`
  }
}

// What Fastify and NATS get beside their own options.
for (const [name, call] of [
  ['lifetime', 'dependency({ lifetime: \'app\' }, () => 5)'],
  ['blocking', 'dependency({ blocking: true, lifetime: \'app\' }, () => 5)'],
  ['dependencies', 'dependency({ dependencies: {}, lifetime: \'app\' }, () => 5)'],
  ['generator', 'dependency({ generator: true, lifetime: \'app\' }, () => 5)'],
  ['blocking', 'app.get(\'/\', { blocking: true }, () => \'x\')'],
  ['blocking', 'app.route({ method: \'GET\', url: \'/\', blocking: true, handler: () => \'x\' })'],
  ['dependencies', 'app.get(\'/\', { dependencies: {} }, () => \'x\')'],
  ['dependencies', 'app.get(\'/\', { dependencies: {}, handler: () => \'x\' })'],
  ['dependencies', 'app.route({ method: \'GET\', url: \'/\', dependencies: {}, handler: () => \'x\' })'],
  ['timeout', 'app.register(blocking, { app: import.meta.url, timeout: 5 })'],
  ['app', 'nats({ app: \'shop\' })'],
  ['signal', 'app.blocking.offload(\'add\', () => 5).with({ signal: AbortSignal.timeout(5) })'],
  ['format', 'app.blocking.printPlan({ format: \'tree\' })']
] as const) {
  written.push({ name: call, position: text.length + call.indexOf(`${name}:`), hasDefault: name !== 'lifetime', unit: undefined })
  text += `${call}\n`
}

const root = join(import.meta.dirname, '../..')
const file = join(root, 'test/hovered.ts')
const { config } = ts.readConfigFile(join(root, 'test/tsconfig.json'), ts.sys.readFile) as { config: unknown }
const { options } = ts.parseJsonConfigFileContent(config, ts.sys, join(root, 'test'))
const read = (name: string) => name === file ? text : ts.sys.readFile(name)
const service = ts.createLanguageService({
  getScriptFileNames: () => [file],
  getScriptVersion: () => '1',
  getScriptSnapshot (name) {
    const content = read(name)
    return content === undefined ? undefined : ts.ScriptSnapshot.fromString(content)
  },
  getCompilationSettings: () => options,
  getDefaultLibFileName: ts.getDefaultLibFilePath,
  getCurrentDirectory: () => root,
  fileExists: (name) => name === file || ts.sys.fileExists(name),
  readFile: read,
  readDirectory: ts.sys.readDirectory,
  directoryExists: ts.sys.directoryExists,
  getDirectories: ts.sys.getDirectories
})

t.test('an editor shows of each option what it is, its unit and its default', async (t) => {
  t.ok(written.length > 100)
  for (const { name, position, hasDefault, unit } of written) {
    const info = service.getQuickInfoAtPosition(file, position)
    const shown = ts.displayPartsToString(info?.documentation).replaceAll(/\s+/g, ' ')
    t.match(shown, /\w{3,}.*\.$/, `${name}: description`)
    if (hasDefault) t.match(shown, /\bDefault: \S/, `${name}: default`)
    if (unit !== undefined) t.match(shown, new RegExp(`\\b${unit}\\b`), `${name}: unit`)
  }
})
