import type { PlannedBody } from '../../dependencies/describe-plan.js'
import { nameOfTag, ownHooks, type PrintedHooks } from '../../routes/printed-hooks.js'
import type { PlannedRoute } from '../../routes/planned-routes.js'
import { lacksOnSend } from '../response/onsend-hooks.js'

/*
 * Decides at boot where the body of a blocking route is parsed: in the worker, unless something of the app on
 * the loop could see the parsed body before the handler, or the worker might parse or validate otherwise.
 */

/** Facts of a route that are known once the app and its workers have booted. */
export interface BodyFacts {
  planned: PlannedRoute
  /** Undefined if the hooks of the route are not known. */
  hooks: PrintedHooks | undefined
  /** Whether another plugin has wrapped the handler after this one. */
  isWrapped: boolean
  /** Whether functions of the app other than hooks may see the request after the worker has it. */
  isShownLater: boolean
  /** The route's option `attachValidation`. */
  attachesValidation: boolean
  /** Names of what parses and validates requests of the route, see SurroundedRoutes.readParsing(). */
  parsing: readonly string[]
  /** Why workers may parse or validate otherwise; undefined if they do it as the loop does. */
  difference: string | undefined
}

/** The bodies of a route. */
export interface BodyDecision {
  place: PlannedBody
  /** Whether the bytes of a body may cross in the place of what the loop has parsed. */
  mayCrossAsBytes: boolean
  /** Whether code on the loop may read the body after its bytes have been sent. */
  isKept: boolean
}

/** Kinds of hooks that run on the loop after the worker has answered, or in the place of that. */
const hooksAfterHandler = [
  'preSerialization', 'onError', 'onSend', 'onResponse', 'onTimeout', 'onRequestAbort'
] as const

/** The kinds of hooks that decideBody() asks for. */
export const hooksThatSee = ['preParsing', 'preValidation', 'preHandler', ...hooksAfterHandler] as const

export function decideBody (facts: BodyFacts): BodyDecision {
  const { parse, isDeferred } = facts.planned.marks
  if (isDeferred) {
    const readBy = parse === true ? 'worker' : 'loop'
    return { place: { readBy, parsedBy: 'worker' }, mayCrossAsBytes: false, isKept: false }
  }
  const difference = findDifference(facts)
  const because = difference ?? findViewer(facts)
  return {
    place: because === undefined
      ? { readBy: 'loop', parsedBy: 'worker' }
      : { readBy: 'loop', parsedBy: 'loop', because },
    // Where errors are attached Fastify may not have validated the body before hooks see the request: which
    // reads are those of its validation, see watched-body, is not known then.
    mayCrossAsBytes: difference === undefined && !facts.attachesValidation,
    isKept: facts.isShownLater || mayBeSeenAfter(facts)
  }
}

/** Whether hooks of the app may see the request after the worker has it. */
function mayBeSeenAfter ({ hooks, planned: { tag } }: BodyFacts): boolean {
  return !lacksOnSend(hooks, tag) ||
    hooksAfterHandler.some((kind) => kind !== 'onSend' && hooks?.[kind]?.some((name) => !ownHooks.has(name)))
}

/** Names of additions after which JSON is not parsed by Fastify's own parser, see routes/route-watch.ts. */
const otherParser = /^content type parser(s removed|( removed:)?\s+application\/json)/i

/** Returns why the worker might not parse or validate as the loop does. */
function findDifference ({ parsing, difference, hooks, planned: { tag } }: BodyFacts): string | undefined {
  const parser = parsing.find((what) => otherParser.test(what))
  if (parser !== undefined) return `Fastify's own parser of JSON is not in use: ${parser}`
  if (hooks === undefined) return 'its hooks are not known'
  if (hooks.preParsing?.at(-1) !== nameOfTag(tag)) {
    return `the preParsing hook ${nameLast(hooks.preParsing)} comes after that of fastify-blocking`
  }
  return difference
}

/** Returns what can see the parsed body on the loop before the handler. */
function findViewer ({ planned, hooks, isWrapped }: BodyFacts): string | undefined {
  const { marks, plan, overridden } = planned
  if (marks.parse === false) return 'its option `parse` is false'
  const plans = [plan!, ...overridden?.atBoot.map((made) => made.plan) ?? []]
  const seeing = plans.flatMap(({ nodes }) => nodes).find(({ side, dependency }) =>
    side === 'loop' && dependency.hook !== 'onRequest')
  if (seeing !== undefined) return `the dependency ${seeing.path}, on the loop, can see it`
  for (const kind of ['preValidation', 'preHandler']) {
    if (hooks?.[kind] !== undefined) return `the ${kind} hook ${nameLast(hooks[kind])} can see it`
  }
  return isWrapped ? 'a plugin has wrapped the handler, and can see it' : undefined
}

function nameLast (hooks: readonly string[] | undefined): string {
  return `${hooks?.at(-1) ?? 'unknown'}()`
}
