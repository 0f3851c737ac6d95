import { constants, getPriority, setPriority } from 'node:os'
import { type MessagePort, parentPort } from 'node:worker_threads'
import { getHeapStatistics } from 'node:v8'
import { learnFastifyProperties } from '../request/fastify-properties.js'
import { serializeError } from '../wire/error.js'
import {
  type BootTask, setThreadCell, type TaskResult, ThreadCell, type ThreadData
} from '../wire/thread-messages.js'
import { type BootReport, currentWorkerData } from '../wire/worker-data.js'
import { buildApp } from './boot/build-app.js'
import { watchHeap } from './boot/heap-watch.js'
import { checkPlugins } from './boot/check-plugins.js'
import { PendingWork } from './boot/pending-work.js'
import { closeReplica } from './boot/replica.js'
import { setListening } from './boot/server.js'
import { PortChannel } from './channel.js'
import { setLoopCalls } from './functions/functions.js'
import { LoopCalls } from './functions/loop-calls.js'
import { WorkerCall } from './functions/offload-call.js'
import { Idle } from './idle.js'
import type { WorkerChannel } from './session.js'
import { publishJoin } from './side.js'
import { ThreadExit } from './thread-exit.js'
import { runAsCaller } from './visit/caller.js'
import { findDestination } from './visit/destination.js'
import { createWorkerLogs } from './visit/log.js'
import { type Destination, RawRequest } from './visit/raw-request.js'
import { RawResponse } from './visit/raw-response.js'
import { WorkerVisit } from './visit/visit.js'

/**
 * Runs the only task that Piscina gives to a thread. Resolves with an error as data, since Piscina would lose
 * the class and the properties of a rejection's error. `taskPort` is the port on which Piscina listens for
 * tasks, if start.cts has found the port.
 */
export async function serve (
  { port }: BootTask, taskPort: MessagePort | undefined
): Promise<TaskResult<BootReport>> {
  const workerData = currentWorkerData as ThreadData
  const channel = new PortChannel(port, workerData)
  const exit = new ThreadExit(channel, taskPort, workerData.threadCells)
  try {
    const keepers = taskPort && [channel, taskPort, parentPort!]
    const pending = new PendingWork(keepers, (lacksApp) => {
      setThreadCell(workerData.threadCells, ThreadCell.lacksApp, lacksApp)
    })
    const { report, close, rejectGivenUp } = await boot(channel, pending)
    lowerPriority(workerData.niceIncrement)
    if (workerData.heap !== undefined) {
      watchHeap(workerData.heap, () => channel.notify({ thread: 'heapFull' }))
    }
    await exit.bootEnded({
      close,
      giveUp (session) {
        channel.giveUp(session)
        rejectGivenUp()
      },
      isBusy: () => channel.isBusy
    })
    return { result: report }
  } catch (error) {
    await exit.bootEnded({ close: async () => {}, giveUp () {}, isBusy: () => false })
    return { error: serializeError(error) }
  }
}

/**
 * Lowers the priority of this thread, which on Linux is its own. Not before the app is built: on a busy
 * machine a thread of a lower priority would not come to it, while requests wait for the thread.
 */
function lowerPriority (increment: number): void {
  if (increment > 0) setPriority(Math.min(getPriority() + increment, constants.priority.PRIORITY_LOW))
}

interface BootedApp {
  report: BootReport
  close (): Promise<void>
  /** Rejects the pending calls of given-up sessions to the loop. */
  rejectGivenUp (): void
}

/** Builds the app, then serves sessions. */
export async function boot (channel: WorkerChannel, pending = new PendingWork()): Promise<BootedApp> {
  const workerData = currentWorkerData!
  const loopCalls = new LoopCalls(channel)
  let isBuilt = false
  publishJoin()
  const logs = createWorkerLogs(workerData.log, channel, loopCalls, () => isBuilt)
  const {
    fastify, routes, schemas, overrides, functions, surroundings, declared, timeout, carriers
  } = await buildApp(workerData, logs, pending)
  isBuilt = true
  checkPlugins(fastify)
  learnFastifyProperties()
  setLoopCalls(loopCalls)

  // One function serves all visits: with a closure for each visit, the garbage collection of a visit would
  // cost ten times as much.
  const route = (visit: WorkerVisit, destination?: Destination): void => {
    const request = new RawRequest(visit, destination)
    // routing() is typed for Node's request and response. The raw pair has all members that Fastify reads.
    runAsCaller(visit, () => fastify.routing(request as never, new RawResponse(request) as never))
  }
  const reroute = (visit: WorkerVisit): boolean => {
    const destination = findDestination(visit.open)
    if (destination !== undefined) route(visit, destination)
    return destination !== undefined
  }
  const calls = { functions: functions.offloaded, timeout, carriers }
  const noteHeapUsed = (): void => channel.noteHeapUsed(getHeapStatistics().used_heap_size)
  const idle = new Idle(() => channel.isBusy, noteHeapUsed)
  noteHeapUsed()
  channel.serve({
    openVisit (open, session) {
      idle.noteUse()
      logs.noteReplaced(open.logMethods)
      const visit = new WorkerVisit(open, session, channel.bufferPool, reroute)
      visit.runInAsyncScope(route, undefined, visit)
      return visit
    },
    openCall (open, session) {
      idle.noteUse()
      return new WorkerCall(open, session, calls).start()
    },
    announced (announcement) {
      if (announcement.type === 'appLevel') logs.setAppLevel(announcement.appLevel)
      else setListening(fastify, announcement)
    },
    called: (result) => loopCalls.receiveResult(result)
  })
  return {
    report: {
      routes,
      ...(schemas && { schemas }),
      overrides,
      declared: declared(),
      surroundings,
      hasLogger: fastify.log.level !== undefined
    },
    close: () => closeReplica(fastify),
    rejectGivenUp: () => loopCalls.rejectGivenUp()
  }
}
