import { Type } from '@fastify/type-provider-typebox'
import { kitchens } from './page/rules.js'

/** Those with `default` are what the page shows at first; `waiting` and `cooking` in ms. */
export const limits = {
  customers: { minimum: 1, maximum: 24, default: 8 },
  cooks: { minimum: 1, maximum: 4, default: 2 },
  waiting: { minimum: 0, maximum: 500, default: 50 },
  cooking: { minimum: 0, maximum: 300, default: 150 }
}

export const settings = Type.Object({
  kitchen: Type.Union(kitchens.map((kitchen) => Type.Literal(kitchen))),
  customers: Type.Integer(limits.customers),
  cooks: Type.Integer(limits.cooks),
  waiting: Type.Integer(limits.waiting),
  cooking: Type.Integer(limits.cooking)
})

export const order = {
  body: Type.Object({
    /** Key of the run, which only its customers know. */
    key: Type.String({ maxLength: 36 }),
    /** Number of the order within its run. */
    order: Type.Integer({ minimum: 0, maximum: 999 }),
    waiting: Type.Integer(limits.waiting),
    cooking: Type.Integer(limits.cooking),
    /** They take `cooking` ms; the limit is several times what a fast processor does in the longest time. */
    rounds: Type.Integer({ minimum: 0, maximum: 2e9 })
  }),
  response: {
    200: Type.Object({
      order: Type.Integer(),
      thread: Type.Integer(),
      /** Moments, by now(). */
      began: Type.Number(),
      cookedFrom: Type.Number(),
      ended: Type.Number()
    })
  }
}

export const staff = {
  response: { 200: Type.Object({ thread: Type.Integer() }) }
}

export const menu = {
  response: { 200: Type.Object({ burgers: Type.Array(Type.String()) }) }
}
