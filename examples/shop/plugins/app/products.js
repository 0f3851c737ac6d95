import fp from 'fastify-plugin'

const columns = 'id, name, description, cents, stock, picture IS NOT NULL AS hasPicture'

export default fp(async function products (app) {
  const { database, httpErrors } = app

  /** @param {any} row */
  const toProduct = (row) => ({ ...row, hasPicture: Boolean(row.hasPicture) })

  /** @type {import('fastify').FastifyInstance['products']} */
  const products = {
    find ({ search, page, limit, order }) {
      const pattern = `%${search}%`
      const { total } = database.get('SELECT count(*) AS total FROM products WHERE name LIKE ? OR description LIKE ?', [pattern, pattern])
      const rows = database.all(
        `SELECT ${columns} FROM products WHERE name LIKE ? OR description LIKE ?
        ORDER BY ${order === 'price' ? 'cents, id' : 'name'} LIMIT ? OFFSET ?`,
        [pattern, pattern, limit, (page - 1) * limit])
      return { total, products: rows.map(toProduct) }
    },

    get (id) {
      const row = database.get(`SELECT ${columns} FROM products WHERE id = ?`, [id])
      if (row === undefined) throw httpErrors.notFound(`There is no product ${id}`)
      return toProduct(row)
    },

    add ({ name, description = '', cents, stock = 0 }) {
      if (database.get('SELECT id FROM products WHERE name = ?', [name]) !== undefined) throw httpErrors.conflict(`There is a ${name} already`)
      return this.get(database.run('INSERT INTO products (name, description, cents, stock) VALUES (?, ?, ?, ?)', [name, description, cents, stock]))
    },

    change (id, changes) {
      const { name, description, cents, stock } = { ...this.get(id), ...changes }
      database.run('UPDATE products SET name = ?, description = ?, cents = ?, stock = ? WHERE id = ?', [name, description, cents, stock, id])
      return this.get(id)
    },

    remove (id) {
      this.get(id)
      database.run('DELETE FROM products WHERE id = ?', [id])
    },

    pictureOf (id) {
      const picture = database.get('SELECT picture FROM products WHERE id = ?', [id])?.picture
      if (!picture) throw httpErrors.notFound(`There is no picture of product ${id}`)
      return picture
    },

    setPicture (id, file) {
      database.run('UPDATE products SET picture = ? WHERE id = ?', [file, id])
    }
  }
  app.decorate('products', products)
}, { name: 'shop-products', dependencies: ['shop-database', '@fastify/sensible'] })
