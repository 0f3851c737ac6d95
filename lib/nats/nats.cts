import nodeModule = require('node:module')

import type * as Module from './nats.js' with { 'resolution-mode': 'import' }

// Use createRequire(): see lib/index.cts.
const { nats } = nodeModule.createRequire(__filename)('./nats.js') as typeof Module

const exported = { nats }

namespace exported {
  export type NatsOptions = Module.NatsOptions
}

export = exported
