import { dependency } from 'fastify-blocking'

/** Who asks; on the loop, so that whoever is refused takes up no thread. */
export const customer = dependency(async function customer (request) {
  const { customer } = request.session
  if (customer === undefined) throw request.server.httpErrors.unauthorized('Log in first')
  return customer
})

/** One of us. */
export const staff = dependency({ dependencies: { customer } }, async function staff (request, { customer }) {
  if (customer.role !== 'staff') throw request.server.httpErrors.forbidden('That is for staff')
  return customer
})
