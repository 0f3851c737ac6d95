export const packages = ['shiki']

export const cases = {
  codeToHtml: {
    call: '`await codeToHtml()`, 300 lines',
    async prepare () {
      const { codeToHtml } = await import('shiki')
      const lines = Array.from({ length: 100 }, (_, number) => `export function sum${number} (values: readonly number[]): number {\n  return values.reduce((sum, value) => sum + value, ${number})\n}`)
      return () => codeToHtml(lines.join('\n'), { lang: 'typescript', theme: 'github-light' })
    }
  }
}
