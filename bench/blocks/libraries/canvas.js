export const packages = ['@napi-rs/canvas']

export const cases = {
  toBuffer: {
    call: '`fill()`, 300 times, and `toBuffer(\'image/png\')`',
    async prepare () {
      const canvas = await makeCanvas()
      return async () => { draw(canvas).toBuffer('image/png') }
    }
  },
  encode: {
    call: '`encode(\'png\')`, of what was drawn before',
    async prepare () {
      const canvas = draw(await makeCanvas())
      canvas.toBuffer('image/png')
      return () => canvas.encode('png')
    }
  }
}

async function makeCanvas () {
  const { createCanvas } = await import('@napi-rs/canvas')
  return createCanvas(1600, 1200)
}

function draw (canvas) {
  const context = canvas.getContext('2d')
  for (let index = 0; index < 300; index++) {
    context.fillStyle = `rgba(${index % 256}, ${(index * 7) % 256}, ${(index * 13) % 256}, 0.5)`
    context.beginPath()
    context.arc((index * 37) % 1600, (index * 91) % 1200, 20 + index % 100, 0, 2 * Math.PI)
    context.fill()
  }
  return canvas
}
