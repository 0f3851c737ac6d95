import { ThreadWorker } from 'poolifier'
import { noop, spin } from './tasks.js'

export default new ThreadWorker({ noop, spin })
