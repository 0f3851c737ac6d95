export const packages = ['handlebars']

export const cases = {
  template: {
    call: '`template()`, 50,000 rows',
    async prepare () {
      const { default: handlebars } = await import('handlebars')
      const { makeRows } = await import('../data/pages.js')
      const template = handlebars.compile('<table>{{#each rows}}<tr><td>{{id}}</td><td>{{customer}}</td><td>{{#if paid}}{{price}}{{/if}}</td></tr>{{/each}}</table>')
      const rows = makeRows(50_000)
      return async () => { template({ rows }) }
    }
  }
}
