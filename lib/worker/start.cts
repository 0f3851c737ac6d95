import worker = require('node:worker_threads')
import type * as Entry from './entry.js' with { 'resolution-mode': 'import' }
import type { WorkerData, TaskResult, BootReport, Task } from '../wire/worker-data.js' with { 'resolution-mode': 'import' }

/*
 * The file that Piscina loads in a thread, by require(). Of an ES module Node 20.20 aborts the whole process, if the thread is ended while
 * that links (v8::Module::IsGraphAsync in ModuleWrap::InstantiateSync); import() goes another way.
 */

const { MessagePort, parentPort, workerData } = worker
const { threadCells: cells } = (workerData as Record<string, WorkerData> | null)?.['fastify-blocking'] ?? { threadCells: new Int32Array(2) }
/** Of ThreadCell in wire/thread-messages.ts, which is an ES module. */
const [hasAddon, canLeave] = [0, 1]

let taskPort: worker.MessagePort | undefined
let entry: Promise<typeof Entry> | undefined

noteTaskPort()
noteAddons()

async function serve (task: Task): Promise<TaskResult<BootReport>> {
  entry ??= import('./entry.js')
  return await (await entry).serve(task, taskPort)
}

/**
 * The port on which Piscina listens for tasks keeps the event loop of the thread, and Piscina cannot be told that there will be no more of
 * them. It begins to listen in the turn in which it has loaded this file: the first listener is its own. Where it does otherwise the
 * cell stays empty, and the thread is terminated as if it could not leave by itself.
 */
function noteTaskPort (): void {
  const { on } = MessagePort.prototype
  const restore = (): void => { Reflect.deleteProperty(MessagePort.prototype, 'on') }
  function noteOn (this: worker.MessagePort, ...parameters: unknown[]): worker.MessagePort {
    if (parameters[0] === 'message' && this !== parentPort) {
      restore()
      taskPort = this
      Atomics.store(cells, canLeave, 1)
    }
    return Reflect.apply(on, this, parameters) as worker.MessagePort
  }
  Object.defineProperty(MessagePort.prototype, 'on', { configurable: true, writable: true, value: noteOn })
  setImmediate(restore)
}

/** A thread that has loaded one may have work pending that nobody sees, and that ends the process if it is ended before. */
function noteAddons (): void {
  const { dlopen } = process
  process.dlopen = function noteDlopen (...parameters) {
    Atomics.store(cells, hasAddon, 1)
    return Reflect.apply(dlopen, this, parameters) as void
  }
  // What --require or --import have loaded; Piscina's own has no work that it leaves pending.
  const loaded = Object.keys(require.cache).some((file) => file.endsWith('.node') && !/[\\/]@napi-rs[\\/]nice/.test(file))
  if (loaded) Atomics.store(cells, hasAddon, 1)
}

export = { serve }
