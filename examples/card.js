import { fileURLToPath } from 'node:url'
import { Type } from '@fastify/type-provider-typebox'
import canvas from '@napi-rs/canvas'

const querystring = Type.Object({
  title: Type.String({ minLength: 1, maxLength: 24, default: 'Ada Lovelace' }),
  text: Type.String({ maxLength: 48, default: 'wrote the first program in 1843' })
})

const [width, height] = [1200, 630]

/**
 * Draws the picture that a link to a page is shown with. Drawing and compression are synchronous.
 * @type {import('@fastify/type-provider-typebox').FastifyPluginAsyncTypebox}
 */
export async function card (app) {
  // A server need not have any fonts.
  canvas.GlobalFonts.registerFromPath(fileURLToPath(import.meta.resolve('dejavu-fonts-ttf/ttf/DejaVuSans-Bold.ttf')), 'DejaVu')

  app.get('/card', { blocking: true, schema: { querystring } }, ({ query: { title, text } }, reply) => {
    const picture = canvas.createCanvas(width, height)
    const context = picture.getContext('2d')

    const sky = context.createLinearGradient(0, 0, width, height)
    sky.addColorStop(0, '#0b3d91')
    sky.addColorStop(1, '#0fa3b1')
    context.fillStyle = sky
    context.fillRect(0, 0, width, height)

    context.fillStyle = 'white'
    write(title, 88, 300)
    write(text, 44, 390)
    reply.type('image/png')
    return picture.toBuffer('image/png')

    /** @param {string} line @param {number} size @param {number} y */
    function write (line, size, y) {
      context.font = `${size}px DejaVu`
      context.fillText(line, 80, y, width - 160)
    }
  })
}
