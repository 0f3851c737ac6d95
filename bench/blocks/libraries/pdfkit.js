import { buffer } from 'node:stream/consumers'

export const packages = ['pdfkit']

export const cases = {
  pages: {
    call: '`text()` and `end()`, 40 pages',
    async prepare () {
      const { default: PDFDocument } = await import('pdfkit')
      return async () => {
        const document = new PDFDocument({ autoFirstPage: false })
        const bytes = buffer(document)
        for (let number = 1; number <= 40; number++) {
          document.addPage()
          for (let line = 0; line < 40; line++) document.text(`Page ${number}, line ${line}: a spoon, a fork and a knife`, 40, 40 + 16 * line)
        }
        document.end()
        await bytes
      }
    }
  }
}
