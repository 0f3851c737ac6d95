import type { MessagePort } from 'node:worker_threads'
import { learnFastifyProperties } from '../request/fastify-properties.js'
import { currentWorkerData, type TaskResult, type BootReport, type Task } from '../wire/worker-data.js'
import { serializeError } from '../wire/error.js'
import { markStarted } from '../wire/shared-cells.js'
import type { Call, LoopCallResult } from '../wire/call-messages.js'
import type { Leave, Retire, ThreadNotice } from '../wire/thread-messages.js'
import type { Announcement, End, Flow, Open, Over, Part, Recalled, Return } from '../wire/messages.js'
import { BufferPool } from '../wire/buffer-pool.js'
import { PrefetchQueue } from './visit/prefetched.js'
import { LoopCalls } from './functions/loop-calls.js'
import { buildApp } from './boot/build-app.js'
import { WorkerCalls } from './functions/offload-call.js'
import { runAsTask } from './visit/current-task.js'
import { RawResponse } from './visit/raw-response.js'
import { findDestination } from './visit/destination.js'
import { type Destination, RawRequest } from './visit/raw-request.js'
import { watchHeap } from './boot/heap-watch.js'
import { checkPlugins } from './boot/known-plugins.js'
import { ThreadExit } from './thread-exit.js'
import { createWorkerLogs } from './visit/log.js'
import { closeReplica } from './boot/replica.js'
import { setListening } from './boot/server.js'
import { WorkerVisit } from './visit/visit.js'
import { setLoopCalls } from './functions/functions.js'

/*
 * What a thread is asked by Piscina, once. It does not throw: of an error Piscina would bring over neither the class
 * nor the properties.
 */

type Message = Announcement | Open | Return | Flow | Over | Part | End | Call | LoopCallResult | Retire | Leave

/** `taskPort` is Piscina's, if it was found. */
export async function serve ({ port }: Task, taskPort: MessagePort | undefined): Promise<TaskResult<BootReport>> {
  const leaving = new ThreadExit(port, taskPort, currentWorkerData!.cells)
  try {
    return { result: await boot(port, leaving) }
  } catch (error) {
    await leaving.bootEnded({ close: async () => {}, retire () {}, isBusy: () => false })
    return { fault: serializeError(error) }
  }
}

async function boot (port: MessagePort, leaving: ThreadExit): Promise<BootReport> {
  // A thread that does not come to an end with its boot may be told to leave.
  const early: Message[] = []
  const receiveEarly = (message: Message): void => {
    if ('retire' in message || 'leave' in message) leaving.receive(message)
    else early.push(message)
  }
  port.on('message', receiveEarly)
  let isBuilt = false
  const logs = createWorkerLogs(currentWorkerData!.log, (line) => port.postMessage(line, line.order?.line === undefined ? [] : [line.order.line.port]), () => isBuilt)
  const { fastify, routes, functions, surroundings, errorClasses, timeout, carriers } = await buildApp(currentWorkerData!, logs)
  isBuilt = true
  checkPlugins(fastify)
  learnFastifyProperties()
  if (currentWorkerData!.heap !== undefined) watchHeap(currentWorkerData!.heap, () => port.postMessage({ thread: 'heapFull' } satisfies ThreadNotice))
  const visits: WorkerVisit[] = []
  const calls = new WorkerCalls(port, functions.offloaded, timeout, carriers, currentWorkerData!.flags)
  const loopCalls = new LoopCalls(port, currentWorkerData!.cells)
  setLoopCalls(loopCalls)
  const spent = new BufferPool()
  // One for all visits: a closure that each of them holds outlives it, and makes its collection cost ten times as much.
  const route = (visit: WorkerVisit, to?: Destination): void => {
    const request = new RawRequest(visit, to)
    // routing() is typed for sockets; the pair has what Fastify reads of them.
    runAsTask(visit, () => fastify.routing(request as never, new RawResponse(request) as never))
  }
  const reroute = (visit: WorkerVisit): boolean => {
    const to = findDestination(visit.open)
    if (to !== undefined) route(visit, to)
    return to !== undefined
  }
  const begin = (open: Open): WorkerVisit | undefined => {
    for (const memory of open.spent ?? []) spent.add(memory)
    if (!markStarted(currentWorkerData!.flags, open.slot)) {
      port.postMessage({ slot: open.slot, isRecalled: true } satisfies Recalled)
      return undefined
    }
    logs.noteReplaced(open.logMethods)
    const visit = visits[open.slot] = new WorkerVisit(open, currentWorkerData!.flags, port, spent, reroute)
    visit.runInAsyncScope(route, undefined, visit)
    return visit
  }
  const ahead = new PrefetchQueue(begin)
  const receive = (message: Message): void => {
    if ('call' in message) return calls.receive(message, visits[message.slot])
    if ('loopCallResult' in message) return loopCalls.receiveResult(message)
    if ('route' in message) return ahead.receive(message)
    if ('appLevel' in message) return logs.setAppLevel(message.appLevel)
    if ('addresses' in message) return setListening(fastify, message)
    if ('retire' in message || 'leave' in message) return leaving.receive(message)
    const visit = visits[message.slot]!
    visit.runInAsyncScope(() => {
      if ('parts' in message || 'isEnd' in message) visit.receiveBody(message)
      else if ('credit' in message) visit.onCredit?.(message)
      else if ('isOver' in message) visit.runBackground(message)
      else visit.receiveStepResult(message)
    })
  }
  port.on('message', receive).off('message', receiveEarly)
  for (const message of early) receive(message)
  await leaving.bootEnded({
    close: () => closeReplica(fastify),
    retire (slot) {
      visits[slot]?.giveUp()
      loopCalls.rejectGivenUp()
    },
    isBusy: () => calls.isBusy || visits.some((visit) => visit?.isOver === false)
  })
  return { routes, functions: functions.all, surroundings, errorClasses }
}
