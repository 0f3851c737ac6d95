import type { MessagePort } from 'node:worker_threads'
import { learnOwnProperties } from '../request/fastify-properties.js'
import { assignment, type Outcome, type Report, type Task } from '../wire/worker-data.js'
import { toFault } from '../wire/error.js'
import { markBegun } from '../wire/shared-cells.js'
import type { Call, Told } from '../wire/call-messages.js'
import type { Leave, Retire, ThreadNews } from '../wire/thread-messages.js'
import type { Announcement, End, Flow, Open, Over, Part, Recalled, Return } from '../wire/messages.js'
import { SpentMemory } from '../wire/buffer-pool.js'
import { Ahead } from './visit/prefetched.js'
import { Asks } from './functions/loop-calls.js'
import { buildReplica } from './boot/build-app.js'
import { WorkerCalls } from './functions/offload-call.js'
import { runAs } from './visit/current-task.js'
import { VisitReply } from './visit/raw-response.js'
import { findDestination } from './visit/destination.js'
import { type Destination, VisitRequest } from './visit/raw-request.js'
import { watchHeap } from './boot/heap-watch.js'
import { checkPlugins } from './boot/known-plugins.js'
import { Leaving } from './thread-exit.js'
import { createLogs } from './visit/log.js'
import { closeReplica } from './boot/replica.js'
import { tellServer } from './boot/server.js'
import { WorkerVisit } from './visit/visit.js'
import { openAsks } from './functions/functions.js'

/*
 * What a thread is asked by Piscina, once. It does not throw: of an error Piscina would bring over neither the class
 * nor the properties.
 */

type Message = Announcement | Open | Return | Flow | Over | Part | End | Call | Told | Retire | Leave

/** `taskPort` is Piscina's, if it was found. */
export async function serve ({ port }: Task, taskPort: MessagePort | undefined): Promise<Outcome<Report>> {
  const leaving = new Leaving(port, taskPort, assignment!.cells)
  try {
    return { result: await boot(port, leaving) }
  } catch (error) {
    await leaving.begin({ close: async () => {}, retire () {}, isBusy: () => false })
    return { fault: toFault(error) }
  }
}

async function boot (port: MessagePort, leaving: Leaving): Promise<Report> {
  // A thread that does not come to an end with its boot may be told to leave.
  const early: Message[] = []
  const receiveEarly = (message: Message): void => {
    if ('retire' in message || 'leave' in message) leaving.receive(message)
    else early.push(message)
  }
  port.on('message', receiveEarly)
  let isBuilt = false
  const logs = createLogs(assignment!.log, (line) => port.postMessage(line, line.order?.line === undefined ? [] : [line.order.line.port]), () => isBuilt)
  const { fastify, routes, functions, surroundings, errorClasses, timeout, carriers } = await buildReplica(assignment!, logs)
  isBuilt = true
  checkPlugins(fastify)
  learnOwnProperties()
  if (assignment!.heap !== undefined) watchHeap(assignment!.heap, () => port.postMessage({ thread: 'heapFull' } satisfies ThreadNews))
  const visits: WorkerVisit[] = []
  const calls = new WorkerCalls(port, functions.offloaded, timeout, carriers, assignment!.flags)
  const asks = new Asks(port, assignment!.cells)
  openAsks(asks)
  const spent = new SpentMemory()
  // One for all visits: a closure that each of them holds outlives it, and makes its collection cost ten times as much.
  const route = (visit: WorkerVisit, to?: Destination): void => {
    const request = new VisitRequest(visit, to)
    // routing() is typed for sockets; the pair has what Fastify reads of them.
    runAs(visit, () => fastify.routing(request as never, new VisitReply(request) as never))
  }
  const reroute = (visit: WorkerVisit): boolean => {
    const to = findDestination(visit.open)
    if (to !== undefined) route(visit, to)
    return to !== undefined
  }
  const begin = (open: Open): WorkerVisit | undefined => {
    for (const memory of open.spent ?? []) spent.add(memory)
    if (!markBegun(assignment!.flags, open.slot)) {
      port.postMessage({ slot: open.slot, isRecalled: true } satisfies Recalled)
      return undefined
    }
    logs.noteReplaced(open.logMethods)
    const visit = visits[open.slot] = new WorkerVisit(open, assignment!.flags, port, spent, reroute)
    visit.runInAsyncScope(route, undefined, visit)
    return visit
  }
  const ahead = new Ahead(begin)
  const receive = (message: Message): void => {
    if ('call' in message) return calls.receive(message, visits[message.slot])
    if ('told' in message) return asks.told(message)
    if ('route' in message) return ahead.receive(message)
    if ('appLevel' in message) return logs.setAppLevel(message.appLevel)
    if ('addresses' in message) return tellServer(fastify, message)
    if ('retire' in message || 'leave' in message) return leaving.receive(message)
    const visit = visits[message.slot]!
    visit.runInAsyncScope(() => {
      if ('parts' in message || 'isEnd' in message) visit.receive(message)
      else if ('credit' in message) visit.onFlow?.(message)
      else if ('isOver' in message) visit.workOn(message)
      else visit.resume(message)
    })
  }
  port.on('message', receive).off('message', receiveEarly)
  for (const message of early) receive(message)
  await leaving.begin({
    close: () => closeReplica(fastify),
    retire (slot) {
      visits[slot]?.retire()
      asks.retire()
    },
    isBusy: () => calls.isBusy || visits.some((visit) => visit?.isOver === false)
  })
  return { routes, functions: functions.all, surroundings, errorClasses }
}
