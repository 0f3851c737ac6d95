import { Type } from '@fastify/type-provider-typebox'

export const Failure = Type.Object({ error: Type.String(), part: Type.Optional(Type.String()), message: Type.String() })

export const Id = Type.Object({ id: Type.Integer({ minimum: 1 }) })

export const Cents = Type.Integer({ minimum: 0 })
