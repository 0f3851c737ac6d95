import '@fastify/helmet'
import '@fastify/multipart'
import '@fastify/rate-limit'
import '@fastify/sensible'
import '@fastify/session'
import '@fastify/static'
import type { Static } from '@fastify/type-provider-typebox'
import type { customer } from './guards.js'
import type { environment } from './plugins/external/env.js'
import type { hashPassword, isPassword } from './plugins/app/passwords.js'
import type * as account from './schemas/account.js'
import type * as orders from './schemas/orders.js'
import type * as products from './schemas/products.js'

export type Customer = Static<typeof account.Customer>
export type Order = Static<typeof orders.Order>
export type Product = Static<typeof products.Product>
type Value = string | number

declare module 'fastify' {
  interface FastifyInstance {
    config: Static<typeof environment>
    database: {
      all (query: string, values?: Value[]): any[]
      get (query: string, values?: Value[]): any
      /** The id of what was inserted. */
      run (query: string, values?: Value[]): number
      transact<Result> (work: () => Result): Result
    }
    passwords: { hash: typeof hashPassword, matches: typeof isPassword }
    customers: {
      register (registration: Static<typeof account.Registration>): Customer
      authenticate (credentials: Static<typeof account.Credentials>): Customer
      changePassword (id: number, password: string): void
    }
    products: {
      find (search: Static<typeof products.Search>): Static<typeof products.Found>
      get (id: number): Product
      add (product: Static<typeof products.NewProduct>): Product
      change (id: number, changes: Static<typeof products.ProductChange>): Product
      remove (id: number): void
      pictureOf (id: number): string
      setPicture (id: number, file: string): void
    }
    orders: {
      place (customer: Customer, lines: Static<typeof orders.Cart>['lines']): Order
      of (customer: Customer): Static<typeof orders.Orders>
      get (customer: Customer, id: number): Order
      cancel (customer: Customer, id: number): Order
    }
    papers: {
      mail (order: Order): string
      invoice (order: Order): PDFKit.PDFDocument
    }
  }

  interface Session {
    customer?: Customer
  }
}

declare module 'fastify' {
  interface ContextDependencies {
    customer: typeof customer
  }
}
