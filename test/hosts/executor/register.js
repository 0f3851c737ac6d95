import { register } from 'node:module'

// Puts a worker host in the place of the thread pool, in every process that is started with --import of this.
register('./hooks.js', import.meta.url)
