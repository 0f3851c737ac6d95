import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/**
 * Brings process.nextTick into the state that it has in many applications. It is slower for the life of a process in
 * which a major garbage collection fell between its first calls: V8 then defines the keyed properties of its object
 * literal in the runtime, on each call. Whether that happens depends on what is loaded while an app boots, see
 * docs/benchmarks.md. Where both contestants have been brought there, what differs is the plugin.
 */
export async function settle () {
  setFlagsFromString('--expose-gc')
  const collectGarbage = runInNewContext('gc')
  await ticks(100)
  collectGarbage()
  await ticks(100)
}

async function ticks (count) {
  for (let tick = 0; tick < count; tick++) await new Promise((resolve) => process.nextTick(resolve))
}
