export const packages = ['sharp']

export const cases = {
  resize: {
    call: '`resize().webp().toBuffer()`',
    async prepare () {
      const { default: sharp } = await import('sharp')
      const noise = { type: 'gaussian', mean: 128, sigma: 40 }
      const photo = await sharp({ create: { width: 3000, height: 2000, channels: 3, background: 'white', noise } }).jpeg().toBuffer()
      return () => sharp(photo).resize(800).webp().toBuffer()
    }
  }
}
