import childProcess from 'node:child_process'
import cluster from 'node:cluster'
import { syncBuiltinESMExports } from 'node:module'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ForkInWorker } from '../../errors.js'
import type { WorkerData } from '../../wire/worker-data.js'

/*
 * A script that forks itself, by node:cluster or child_process, would do so again in each worker: there
 * `cluster.isPrimary` is true, also in a forked process. Node has no API that refuses a fork. The channel
 * 'child_process' of diagnostics_channel only tells of one, and what a subscriber throws is not thrown to the
 * caller. So the functions are replaced on the modules while the app is built.
 */

/**
 * Has forks of the process's own script throw FST_BLOCKING_FORK_IN_WORKER. Returns a function that allows
 * them again.
 */
export function refuseForks ({ module, mainFile }: WorkerData): () => void {
  const file = fileURLToPath(module)
  const own = [file, mainFile, process.argv[1]]
  const isOwn = (path: unknown): boolean =>
    path instanceof URL ? own.includes(fileURLToPath(path)) : own.includes(resolve(String(path)))
  const restores = [
    replace(cluster, 'fork', () => { throw new ForkInWorker(module, 'cluster.fork()') }),
    replace(childProcess, 'fork', (path) => {
      if (isOwn(path)) throw new ForkInWorker(module, 'child_process.fork() of the process\'s own script')
    })
  ]
  syncBuiltinESMExports()
  return () => {
    for (const restore of restores) restore()
    syncBuiltinESMExports()
  }
}

type Method<Name extends string> = Record<Name, (...parameters: never) => unknown>

/** The app may have kept the function that stands there meanwhile: that one calls the original afterwards. */
function replace<Name extends string> (
  owner: Method<Name>, name: Name, check: (...parameters: unknown[]) => void
): () => void {
  const original = owner[name]
  let isAllowed = false
  function forkIfAllowed (this: unknown, ...parameters: unknown[]): unknown {
    if (!isAllowed) check(...parameters)
    return Reflect.apply(original, this, parameters)
  }
  Reflect.set(owner, name, forkIfAllowed)
  return () => {
    isAllowed = true
    const current: unknown = owner[name]
    if (current === forkIfAllowed) Reflect.set(owner, name, original)
  }
}
