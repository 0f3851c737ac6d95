import { isMainThread } from 'node:worker_threads'
import processOnSpawn from 'process-on-spawn'

/*
 * What tap has every process and every thread of a test load tells it what was covered, and takes as long as all else that a worker loads to serve an app.
 * Without coverage nobody reads it.
 */
if (isMainThread && process.env.TAP_DISABLE_COVERAGE === '1') {
  delete process.env.NODE_OPTIONS
  processOnSpawn.removeAllListeners()
}
