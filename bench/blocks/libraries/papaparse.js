export const packages = ['papaparse']

export const cases = {
  parse: {
    call: '`parse()`, 2 MB',
    async prepare () {
      const { default: papaparse } = await import('papaparse')
      const { makeRows } = await import('../data/pages.js')
      const text = papaparse.unparse(makeRows(60_000))
      return async () => { papaparse.parse(text, { header: true, dynamicTyping: true }) }
    }
  }
}
