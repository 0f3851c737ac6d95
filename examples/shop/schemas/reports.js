import { Type } from '@fastify/type-provider-typebox'
import { Cents } from './common.js'

export const Period = Type.Object({
  from: Type.String({ format: 'date', default: '2000-01-01' }),
  to: Type.String({ format: 'date', default: '2999-12-31' })
})

export const Sales = Type.Array(Type.Object({ product: Type.String(), pieces: Type.Integer(), cents: Cents, share: Type.Number() }))
