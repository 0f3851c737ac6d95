import nodeModule = require('node:module')

import type { FastifySchema, FastifyTypeProvider } from 'fastify'
import type * as Module from './streams.js' with { 'resolution-mode': 'import' }

// Use createRequire(): see lib/index.cts.
const exported = { ...nodeModule.createRequire(__filename)('./streams.js') as typeof Module }

namespace exported {
  export type ItemOf<
    Schema extends FastifySchema, Provider extends FastifyTypeProvider, ContentType extends string
  > = Module.ItemOf<Schema, Provider, ContentType>
  export type Items<Item> = Module.Items<Item>
  export type ServerSentEvent<Data = unknown> = Module.ServerSentEvent<Data>
}

export = exported
