export const packages = ['marked']

export const cases = {
  parse: {
    call: '`await parse()`, `async: true`, 120 kB',
    async prepare () {
      const { marked } = await import('marked')
      const section = (number) => `## Section ${number}\n\nSome *words* with a [link](https://example.com/${number}) and \`code\`.\n\n- one\n- two\n- three\n\n`
      const text = Array.from({ length: 1200 }, (_, number) => section(number)).join('')
      return async () => await marked.parse(text, { async: true })
    }
  }
}
