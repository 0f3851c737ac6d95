import nodeModule = require('node:module')

import type * as Module from './dashboard.js' with { 'resolution-mode': 'import' }

// Use createRequire(): see lib/index.cts.
const { default: plugin } = nodeModule.createRequire(__filename)('./dashboard.js') as typeof Module

// The result of require('fastify-blocking/dashboard') is the plugin itself.
const dashboard: typeof plugin & { default: typeof plugin } = Object.assign(plugin, { default: plugin })

namespace dashboard {
  export type DashboardOptions = Module.DashboardOptions
}

export = dashboard
