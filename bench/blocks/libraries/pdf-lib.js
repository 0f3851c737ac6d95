export const packages = ['pdf-lib']

export const cases = {
  save: {
    call: '`save()`, 100 pages',
    async prepare () {
      const { PDFDocument, StandardFonts } = await import('pdf-lib')
      return async () => {
        const document = await PDFDocument.create()
        const font = await document.embedFont(StandardFonts.Helvetica)
        for (let number = 1; number <= 100; number++) {
          const page = document.addPage()
          for (let line = 0; line < 40; line++) page.drawText(`Page ${number}, line ${line}`, { font, x: 40, y: 760 - 18 * line, size: 11 })
        }
        return await document.save()
      }
    }
  }
}
