import { parentPort } from 'node:worker_threads'
import * as tasks from './tasks.js'

parentPort.on('message', ({ id, name, value }) => parentPort.postMessage({ id, result: tasks[name](value) }))
