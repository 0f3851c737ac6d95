// For require('fastify-blocking'): the plugin itself, and the rest as its properties.
import plugin = require('./index.js')

export = Object.assign(plugin.default, plugin)
