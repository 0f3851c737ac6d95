import fp from 'fastify-plugin'

export default fp(async function customers (app) {
  const { database, passwords, httpErrors } = app
  // So that an address that nobody has takes as long as one with a wrong password.
  const nobody = passwords.hash('nobody')

  app.decorate('customers', {
    register ({ email, name, password }) {
      if (database.get('SELECT id FROM customers WHERE email = ?', [email]) !== undefined) throw httpErrors.conflict(`${email} has an account`)
      const id = database.run('INSERT INTO customers (email, name, password) VALUES (?, ?, ?)', [email, name, passwords.hash(password)])
      return { id, email, name, role: 'customer' }
    },

    authenticate ({ email, password }) {
      const found = database.get('SELECT id, email, name, role, password FROM customers WHERE email = ?', [email])
      if (!passwords.matches(password, found?.password ?? nobody) || found === undefined) throw httpErrors.unauthorized('E-mail or password is wrong')
      const { id, name, role } = found
      return { id, email: found.email, name, role }
    },

    changePassword (id, password) {
      database.run('UPDATE customers SET password = ? WHERE id = ?', [passwords.hash(password), id])
    }
  })
}, { name: 'shop-customers', dependencies: ['shop-database', 'shop-passwords', '@fastify/sensible'] })
