import { register } from 'node:module'

// Puts the executor of bytes in the place of the thread pool, in every process that is started with --import of this.
register('./hooks.js', import.meta.url)
