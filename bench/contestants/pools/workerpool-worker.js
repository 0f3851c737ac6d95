import workerpool from 'workerpool'
import { noop, spin } from './tasks.js'

workerpool.worker({ noop, spin })
