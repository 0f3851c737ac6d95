export const packages = ['cheerio']

export const cases = {
  load: {
    call: '`load()` and select, 400 kB',
    async prepare () {
      const { load } = await import('cheerio')
      const { makeHtml } = await import('../data/pages.js')
      const html = makeHtml(3000)
      return async () => {
        const $ = load(html)
        $('tr.order a').map((_, link) => $(link).attr('href')).get()
      }
    }
  }
}
