import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

export const title = 'tesseract.js'
export const packages = ['tesseract.js', '@tesseract.js-data/eng', '@napi-rs/canvas', 'dejavu-fonts-ttf']

export const cases = {
  recognize: {
    call: '`await worker.recognize()`',
    async prepare () {
      const { createWorker } = await import('tesseract.js')
      const data = dirname(createRequire(import.meta.url).resolve('@tesseract.js-data/eng/package.json'))
      const worker = await createWorker('eng', 1, { langPath: join(data, '4.0.0_best_int'), cacheMethod: 'none' })
      const scan = await drawText()
      return () => worker.recognize(scan)
    }
  }
}

async function drawText () {
  const { createCanvas, GlobalFonts } = await import('@napi-rs/canvas')
  const fonts = dirname(createRequire(import.meta.url).resolve('dejavu-fonts-ttf/package.json'))
  GlobalFonts.registerFromPath(join(fonts, 'ttf', 'DejaVuSans.ttf'), 'DejaVu')
  const canvas = createCanvas(600, 120)
  const context = canvas.getContext('2d')
  context.fillStyle = 'white'
  context.fillRect(0, 0, 600, 120)
  context.fillStyle = 'black'
  context.font = '32px DejaVu'
  context.fillText('A spoon, a fork and a knife', 20, 60)
  return canvas.toBuffer('image/png')
}
