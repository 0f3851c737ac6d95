import modules = require('node:module')
import worker = require('node:worker_threads')
import type * as Entry from './entry.js' with { 'resolution-mode': 'import' }
import type { BootTask, TaskResult, ThreadData } from '../wire/thread-messages.js' with {
  'resolution-mode': 'import'
}
import type { BootReport } from '../wire/worker-data.js' with { 'resolution-mode': 'import' }

/*
 * The file that Piscina loads in a thread, by require(). It is CommonJS, since Node 20.20 aborts the whole
 * process if a thread is terminated while a required ES module links (v8::Module::IsGraphAsync in
 * ModuleWrap::InstantiateSync). import(), which loads the rest, takes another path in Node.
 */

const { MessagePort, parentPort, workerData } = worker
const { threadCells: cells } = (workerData as Record<string, ThreadData> | null)?.['fastify-blocking'] ??
  { threadCells: new Int32Array(2) }
/** Values of ThreadCell: wire/thread-messages.ts is an ES module, which this file cannot require. */
const [hasAddon, canLeave] = [0, 1]

let taskPort: worker.MessagePort | undefined
let entry: Promise<typeof Entry> | undefined

noteTaskPort()
noteAddons()

async function serve (task: BootTask): Promise<TaskResult<BootReport>> {
  entry ??= import('./entry.js')
  return await (await entry).serve(task, taskPort)
}

/**
 * Finds the port on which Piscina listens for tasks: it keeps the event loop of the thread alive, and Piscina
 * has no API that says there are no more tasks. Piscina starts to listen in the turn of the event loop in
 * which it has loaded this file, so the first listener is Piscina's. If another version does otherwise, the
 * cell stays empty, and the thread is terminated as one that cannot exit by itself.
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

/**
 * Records whether the thread has loaded an addon. An addon may have pending work that Node does not show, and
 * terminating the thread during such work aborts the process.
 */
function noteAddons (): void {
  const { dlopen } = process
  process.dlopen = function noteDlopen (...parameters) {
    Atomics.store(cells, hasAddon, 1)
    return Reflect.apply(dlopen, this, parameters) as void
  }
  // Addons that --require or --import have loaded. If a loader has given the source of this file, as that of
  // Yarn's Plug'n'Play does, its own require() has no cache.
  const loaded = Object.keys(modules.createRequire(__filename).cache).some((file) => file.endsWith('.node'))
  if (loaded) Atomics.store(cells, hasAddon, 1)
}

export = { serve }
