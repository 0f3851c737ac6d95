export const packages = ['jsdom']

export const cases = {
  parse: {
    call: '`new JSDOM()` and `querySelectorAll()`, 90 kB',
    async prepare () {
      const { JSDOM } = await import('jsdom')
      const { makeHtml } = await import('../data/pages.js')
      const html = makeHtml(700)
      return async () => {
        const { window } = new JSDOM(html)
        Array.from(window.document.querySelectorAll('tr.order a'), (link) => link.href)
        window.close()
      }
    }
  }
}
