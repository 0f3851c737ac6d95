import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify'
import { failBackground } from '../../request/background.js'
import type { AppValues } from '../../dependencies/app-scope.js'
import { closeBeforeErrorHandler } from '../../dependencies/teardown-on-error.js'
import { provide } from '../../dependencies/decorate.js'
import { isHandlerTimeout } from '../../handler-timeout.js'
import type { Plan } from '../../dependencies/plan.js'
import { type Failure, Scope } from '../../dependencies/request-scope.js'
import { isStream } from '../../wire/streams.js'
import { Course, courseOf } from './plan-run.js'
import { visitOf } from '../visit/visit.js'
import type { Holders } from '../visit/slot-holder.js'
import type { Stage } from './steps.js'

/*
 * What stands in the place of the handler of a route with dependencies on the loop, and the hooks that end them.
 */

type Handler = (this: FastifyInstance, request: FastifyRequest, reply: FastifyReply) => unknown
type Open = (request: FastifyRequest, reply: FastifyReply, course: Course) => Stage
type Done = (error?: Error | null) => void

/** For a route without work for a worker, and with nothing to tear down; unless a function gives a generator all the same: then it is one of the others. */
export function resolveFirst (plan: Plan, apps: AppValues, handler: Handler, grace: number): Handler {
  return async function resolveDependencies (request, reply) {
    let course: Course | undefined
    const scope = new Scope(plan, 'loop', apps, request, reply, () => course?.detached)
    scope.onOpen = () => { course ??= new Course(plan, apps, request, reply, grace, undefined, scope) }
    let goesOn: boolean
    try {
      const resolved = scope.resolve(0)
      goesOn = typeof resolved === 'boolean' ? resolved : await resolved
    } catch (error) {
      if (course === undefined) throw error
      return await follow(course, () => course!.takeOver(Promise.reject(error)), request, reply, () => {})
    }
    if (course !== undefined) return await follow(course, () => course!.takeOver(Promise.resolve(goesOn)), request, reply, () => handler.call(this, request, reply))
    if (!goesOn) return reply
    provide(request, scope.provide())
    const result = handler.call(this, request, reply)
    // What calls reply.send() later. Otherwise await: a promise that is returned takes longer.
    return result === undefined || result === reply ? reply : await result
  }
}

/** `open` is for routes with work for a worker, `holders` for those of them that may call functions in their visit. */
export function takeCourse (plan: Plan, apps: AppValues, handler: Handler, open: Open | undefined, grace: number, holders: Holders | undefined): Handler {
  return async function resolveDependencies (request, reply) {
    const course = new Course(plan, apps, request, reply, grace, holders)
    const resolve = (): Promise<boolean> => course.resolve(open && (() => open(request, reply, course)))
    const call = (): unknown => handler.call(this, request, reply)
    return await follow(course, resolve, request, reply, holders === undefined ? call : () => holders.run(course, call))
  }
}

/** Resolves, calls the handler, and ends what has been begun if one of the two has failed. */
async function follow (course: Course, resolve: () => Promise<boolean>, request: FastifyRequest, reply: FastifyReply, handle: () => unknown): Promise<unknown> {
  try {
    if (!(await resolve())) return reply
    provide(request, course.provide())
    const result = await course.handle(handle)
    return course.isDetached ? reply : result
  } catch (error) {
    if (course.isDetached) {
      request.log.error({ err: error }, 'fastify-blocking: an error after the request had been answered')
      return reply
    }
    const isLatest = course.beginAnswer()
    const failure = await course.close({ error })
    if (!isLatest()) return reply
    throw failure!.error
  }
}

/** The last of the route's own hooks, and before its error handler: what has been begun ends before the answer leaves. */
export function closeBeforeSending (route: RouteOptions): void {
  route.onSend = [...[route.onSend ?? []].flat(), closeCourse] as NonNullable<RouteOptions['onSend']>
  closeBeforeErrorHandler(route, closeFailedCourse)
}

function closeCourse (request: FastifyRequest, reply: FastifyReply, payload: unknown, done: Done): void {
  const course = courseOf(request)
  const isLatest = course?.beginAnswer()
  if (course?.isStreaming) return done()
  if (course === undefined || course.detachVisit({ error: new Error('the request was answered elsewhere') })) {
    visitOf(request)?.leaveAnswer()
    return done()
  }
  // Of a stream, when the response is over.
  if (isStream(payload)) {
    course.watch(payload)
    return done()
  }
  const { 'content-type': type, 'content-length': length } = reply.getHeaders()
  course.close(undefined).then((failure) => {
    if (reply.sent || !isLatest!()) return
    try {
      // A time limit that was over meanwhile has removed them before it was told to wait.
      if (type !== undefined && !reply.hasHeader('content-type')) reply.header('content-type', type)
      if (length !== undefined && !reply.hasHeader('content-length')) reply.header('content-length', length)
      done(failure && asError(failure.error))
    } catch (error) {
      // Of a payload or a header that Fastify refuses; thrown later it would end the process.
      reply.send(error)
    }
  })
}

function closeFailedCourse (request: FastifyRequest, error: unknown, reply: FastifyReply): Promise<Failure | undefined> | undefined {
  const course = courseOf(request)
  const ending = isHandlerTimeout(error) ? visitOf(request)?.expire(error) ?? course?.expire({ error }) : undefined
  if (ending !== undefined) {
    return ending.then((failure) => {
      if (failure !== undefined) failBackground(reply)
      return failure
    })
  }
  if (isHandlerTimeout(error)) failBackground(reply)
  const isLatest = course?.beginAnswer()
  if (course === undefined || course.isClosed || course.detachVisit({ error })) return undefined
  if (isHandlerTimeout(error) && course.detachBusy({ error })) return undefined
  return course.close({ error }).then((failure) => isLatest!() ? failure : undefined)
}

/** `done` takes null and undefined for no error. */
function asError (thrown: unknown): Error {
  return thrown === undefined || thrown === null ? new Error(String(thrown)) : thrown as Error
}
