import createError from '@fastify/error'
import fp from 'fastify-plugin'

export const SoldOut = createError('SHOP_SOLD_OUT', 'Of %s there are only %d', 409)

export default fp(async function orders (app) {
  const { database, httpErrors } = app

  /** @type {import('fastify').FastifyInstance['orders']} */
  const orders = {
    /** All of it, or nothing. */
    place (customer, lines) {
      return database.transact(() => {
        const id = database.run('INSERT INTO orders (customer, placed) VALUES (?, ?)', [customer.id, new Date().toISOString()])
        for (const { product, pieces } of lines) {
          const found = app.products.get(product)
          if (found.stock < pieces) throw new SoldOut(found.name, found.stock)
          database.run('UPDATE products SET stock = stock - ? WHERE id = ?', [pieces, product])
          database.run('INSERT INTO lines ("order", product, name, pieces, cents) VALUES (?, ?, ?, ?, ?)', [id, product, found.name, pieces, found.cents])
        }
        return this.get(customer, id)
      })
    },

    of (customer) {
      return database.all(`
        SELECT orders.id, placed, status, sum(pieces * cents) AS cents FROM orders JOIN lines ON lines."order" = orders.id
        WHERE customer = ? GROUP BY orders.id ORDER BY orders.id DESC`, [customer.id])
    },

    get (customer, id) {
      const order = database.get(`
        SELECT orders.id, placed, status, customers.id AS customer, customers.name, customers.email
        FROM orders JOIN customers ON customers.id = orders.customer WHERE orders.id = ?`, [id])
      // Of another customer's order nobody learns that it exists.
      if (order === undefined || (order.customer !== customer.id && customer.role !== 'staff')) throw httpErrors.notFound(`There is no order ${id}`)
      const lines = database.all('SELECT product, name, pieces, cents FROM lines WHERE "order" = ? ORDER BY rowid', [id])
      return { ...order, lines, cents: lines.reduce((/** @type {number} */ sum, /** @type {any} */ { pieces, cents }) => sum + pieces * cents, 0) }
    },

    cancel (customer, id) {
      return database.transact(() => {
        const order = this.get(customer, id)
        if (order.status !== 'placed') throw httpErrors.conflict(`Order ${id} is ${order.status}`)
        for (const { product, pieces } of order.lines) database.run('UPDATE products SET stock = stock + ? WHERE id = ?', [pieces, product])
        database.run("UPDATE orders SET status = 'cancelled' WHERE id = ?", [id])
        return this.get(customer, id)
      })
    }
  }
  app.decorate('orders', orders)
}, { name: 'shop-orders', dependencies: ['shop-products'] })
