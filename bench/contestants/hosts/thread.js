import { build } from './app.js'

export const app = await build()
