export const packages = ['exceljs']

export const cases = {
  writeBuffer: {
    call: '`xlsx.writeBuffer()`, 3,000 rows',
    async prepare () {
      const { default: exceljs } = await import('exceljs')
      const workbook = new exceljs.Workbook()
      const sheet = workbook.addWorksheet('orders')
      for (let row = 0; row < 3000; row++) sheet.addRow([row, `customer ${row}`, row * 1.5, new Date(2026, 0, 1 + row % 365), row % 2 === 0])
      return () => workbook.xlsx.writeBuffer()
    }
  }
}
