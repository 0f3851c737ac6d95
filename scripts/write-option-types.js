import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { isDeepStrictEqual } from 'node:util'

// The types that TypeScript infers from the schemas of options have no descriptions. Writes them out with the descriptions, which
// editors show.

const require = createRequire(import.meta.url)
const { Kind, OptionalKind } = require('@sinclair/typebox')
const { byName } = require('../dist/options/schemas.cjs')

const file = new URL('../dist/options/schemas.d.cts', import.meta.url)
const written = new Set()
const types = readFileSync(file, 'utf8').replaceAll(/typebox\.Static<typeof schemas\.byName\.(\w+)>/g, (_, name) => {
  written.add(name)
  return print(byName[name], '    ')
})
const missing = Object.keys(byName).filter((name) => !written.has(name))
if (missing.length > 0) throw new Error(`dist/options/schemas.d.cts has no type of ${missing}`)
writeFileSync(file, types)

function print (schema, indent) {
  switch (schema[Kind]) {
    case 'Object': return printObject(Object.entries(schema.properties), indent)
    case 'Union': return printUnion(schema.anyOf, indent)
    case 'Array': return `readonly (${print(schema.items, indent)})[]`
    case 'Record': return `Readonly<Record<string, ${print(Object.values(schema.patternProperties)[0], indent)}>>`
    case 'Literal': return `'${schema.const}'`
    case 'String': return 'string'
    case 'Boolean': return 'boolean'
    case 'Integer': case 'Number': return 'number'
    case 'Unknown': return 'unknown'
    default: return `Kinds['${schema[Kind]}']`
  }
}

/** Writes properties that all objects of a union have once: of two declarations an editor shows neither. */
function printUnion (members, indent) {
  const objects = members.filter((member) => member[Kind] === 'Object')
  const others = members.filter((member) => member[Kind] !== 'Object').map((member) => print(member, indent))
  if (objects.length < 2) return [...others, ...objects.map((object) => print(object, indent))].join(' | ')
  const [first, ...rest] = objects.map(({ properties }) => Object.entries(properties))
  const shared = first.filter((one) => rest.every((properties) => properties.some((other) => isDeepStrictEqual(one, other))))
  const own = objects.map(({ properties }) => Object.entries(properties).filter(([name]) => shared.every(([other]) => other !== name)))
  const variants = own.map((properties) => printObject(properties, indent)).join(' | ')
  return [...others, `${printObject(shared, indent)} & (${variants})`].join(' | ')
}

function printObject (properties, indent) {
  const inner = `${indent}    `
  const members = properties.map(([name, schema]) => {
    const { description, [OptionalKind]: optional } = schema
    const comment = description === undefined ? '' : `${inner}/** ${description} */\n`
    return `${comment}${inner}${name}${optional === undefined ? '' : '?'}: ${print(schema, inner)}\n`
  })
  return members.length === 0 ? '{}' : `{\n${members.join('')}${indent}}`
}
