import { Type } from '@fastify/type-provider-typebox'
import { Cents } from './common.js'

export const Cart = Type.Object({
  lines: Type.Array(Type.Object({
    product: Type.Integer({ minimum: 1 }),
    pieces: Type.Integer({ minimum: 1, maximum: 1_000 })
  }, { additionalProperties: false }), { minItems: 1, maxItems: 100 })
}, { additionalProperties: false })

const summary = { id: Type.Integer(), placed: Type.String({ format: 'date-time' }), status: Type.String(), cents: Cents }

export const Orders = Type.Array(Type.Object(summary))

export const Order = Type.Object({
  ...summary,
  name: Type.String(),
  email: Type.String(),
  lines: Type.Array(Type.Object({ product: Type.Integer(), name: Type.String(), pieces: Type.Integer(), cents: Cents }))
})
