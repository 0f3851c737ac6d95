import { Type } from '@fastify/type-provider-typebox'
import { Cents } from './common.js'

const fields = {
  name: Type.String({ minLength: 1, maxLength: 100 }),
  description: Type.String({ maxLength: 1_000 }),
  cents: Cents,
  stock: Type.Integer({ minimum: 0 })
}

export const Product = Type.Object({ id: Type.Integer(), ...fields, hasPicture: Type.Boolean() })

export const NewProduct = Type.Object({
  name: fields.name,
  description: Type.Optional(fields.description),
  cents: fields.cents,
  stock: Type.Optional(fields.stock)
}, { additionalProperties: false })

export const ProductChange = Type.Partial(Type.Object(fields), { additionalProperties: false, minProperties: 1 })

export const Search = Type.Object({
  search: Type.String({ maxLength: 100, default: '' }),
  page: Type.Integer({ minimum: 1, default: 1 }),
  limit: Type.Integer({ minimum: 1, maximum: 100, default: 10 }),
  order: Type.Union([Type.Literal('name'), Type.Literal('price')], { default: 'name' })
})

export const Found = Type.Object({ total: Type.Integer(), products: Type.Array(Product) })
