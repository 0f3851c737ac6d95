export const packages = ['ejs']

export const cases = {
  render: {
    call: '`await template()`, `async: true`, 50,000 rows',
    async prepare () {
      const { default: ejs } = await import('ejs')
      const { makeRows } = await import('../data/pages.js')
      const template = ejs.compile('<table><% for (const { id, customer, price } of rows) { %><tr><td><%= id %></td><td><%= customer %></td><td><%= price %></td></tr><% } %></table>', { async: true })
      const rows = makeRows(50_000)
      return () => template({ rows })
    }
  }
}
