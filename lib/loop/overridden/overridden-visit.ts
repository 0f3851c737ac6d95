import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Admission } from '../../queue/admission.js'
import type { OpenVisit } from '../../wire/messages.js'
import type { BlockingRoute } from '../visit/route-state.js'
import { type PlanRun, Visit } from '../visit/visit.js'

/** A visit for which the worker uses declared overrides, too. */
export class OverriddenVisit extends Visit {
  readonly #names: readonly string[]

  constructor (
    admission: Admission,
    route: BlockingRoute,
    names: readonly string[],
    request: FastifyRequest,
    reply: FastifyReply,
    planRun: PlanRun | undefined
  ) {
    super(admission, route, request, reply, planRun)
    this.#names = names
  }

  override open (): OpenVisit {
    const opening = super.open()
    opening.overrides = this.#names
    return opening
  }
}
