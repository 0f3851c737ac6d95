import type { FastifyRequest } from 'fastify'
import type { OverriddenPlan, OverriddenPlans } from '../../routes/overridden-plans.js'
import type { CreatedHandlers } from '../created-handlers.js'

/** What is made of each plan of a route. Requests that begin go by `current`, which overrides in use set. */
export class Switched<Made> {
  current: Made
  readonly #made = new Map<OverriddenPlan, Made>()

  /** `base`: what is made of the plan without declared overrides. */
  constructor (plans: OverriddenPlans, base: Made, make: (overridden: OverriddenPlan) => Made) {
    this.current = base
    plans.follow((used) => {
      const names = plans.select(used)
      const made = names.length === 0 ? base : this.#find(plans.of(names), make)
      return () => { this.current = made }
    })
  }

  #find (overridden: OverriddenPlan, make: (overridden: OverriddenPlan) => Made): Made {
    const made = this.#made.get(overridden) ?? make(overridden)
    this.#made.set(overridden, made)
    return made
  }
}

/** Makes one handler of those of all plans. A request goes by the plan that it has begun with in a hook. */
export function switchHandlers (
  plans: OverriddenPlans, base: CreatedHandlers, make: (overridden: OverriddenPlan) => CreatedHandlers
): CreatedHandlers {
  const switched = new Switched(plans, base, make)
  const begun = new WeakMap<FastifyRequest, CreatedHandlers>()
  return {
    handle (request, reply) {
      return (begun.get(request) ?? switched.current).handle.call(this, request, reply)
    },
    begin (request, reply) {
      const chosen = begun.get(request) ?? switched.current
      begun.set(request, chosen)
      return chosen.begin(request, reply)
    }
  }
}
