import { writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'

// import() would give another copy of TypeBox than the one that knows the kinds of the schemas.
const require = createRequire(import.meta.url)
const { TypeCompiler } = require('@sinclair/typebox/compiler')
const schemas = require('../dist/options/schemas.cjs')

// Writes dist/options/checks.cjs: a function for each schema of options that tells whether a value fits. With these
// TypeBox is loaded only for what does not fit.

const checks = Object.entries(schemas.byName)
  .map(([name, schema]) => `exports.${name} = (() => {\n${TypeCompiler.Code(schema)}\n})()\n`)

writeFileSync(new URL('../dist/options/checks.cjs', import.meta.url), `'use strict'
// Compiled from schemas.cjs.

const kinds = require('./kinds.cjs')
const kind = (name, _instance, value) => kinds[name](value)

${checks.join('\n')}`)
