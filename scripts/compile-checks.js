import { writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import * as messages from '../dist/nats/message-schemas.js'

// import() would give another copy of TypeBox than the one that knows the kinds of the schemas of options.
const require = createRequire(import.meta.url)
const { TypeCompiler } = require('@sinclair/typebox/compiler')
const options = require('../dist/options/schemas.cjs')

// Writes a function for each schema that tells whether a value fits. With these TypeBox is loaded only for what does not fit.

write('options/checks.cjs', 'schemas.cjs', options.byName, `const kinds = require('./kinds.cjs')
const kind = (name, _instance, value) => kinds[name](value)
`)
write('nats/message-checks.cjs', 'message-schemas.js', messages.byName, '')

function write (file, source, schemas, before) {
  const checks = Object.entries(schemas).map(([name, schema]) => `exports.${name} = (() => {\n${TypeCompiler.Code(schema)}\n})()\n`)
  writeFileSync(new URL(`../dist/${file}`, import.meta.url), `'use strict'
// Compiled from ${source}.

${before}
${checks.join('\n')}`)
}
