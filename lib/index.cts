import nodeModule = require('node:module')

// Not require() itself: in a CommonJS file that was imported through a loader, or as TypeScript, it is a stand-in
// that cannot load modules before Node 24.
const plugin = nodeModule.createRequire(__filename)('./index.js') as typeof import('./index.js', { with: { 'resolution-mode': 'import' } })

// For require('fastify-blocking'): the plugin itself, and the rest as its properties.
const blocking = Object.assign(plugin.default, plugin)

export = blocking
