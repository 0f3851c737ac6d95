import { buffer } from 'node:stream/consumers'
import { Type } from '@fastify/type-provider-typebox'
import PDFDocument from 'pdfkit'

const body = Type.Object({
  customer: Type.String({ minLength: 1, maxLength: 100 }),
  lines: Type.Array(Type.Object({
    item: Type.String({ minLength: 1, maxLength: 100 }),
    quantity: Type.Integer({ minimum: 1 }),
    cents: Type.Integer({ minimum: 0 })
  }), { minItems: 1, maxItems: 1_000 })
})

/**
 * A document from a library that lays it out in one go.
 * @type {import('@fastify/type-provider-typebox').FastifyPluginAsyncTypebox}
 */
export async function invoice (app) {
  app.post('/invoice', { blocking: true, schema: { body } }, async (request, reply) => {
    const { customer, lines } = request.body
    const document = new PDFDocument({ size: 'A4', info: { Title: `Invoice for ${customer}` } })
    document.fontSize(24).text('Invoice').fontSize(12).text(customer).moveDown()
    for (const { item, quantity, cents } of lines) {
      document.text(`${quantity} × ${item}`, { continued: true }).text(euros(quantity * cents), { align: 'right' })
    }
    const total = lines.reduce((sum, { quantity, cents }) => sum + quantity * cents, 0)
    document.moveDown().fontSize(16).text(`Total ${euros(total)}`, { align: 'right' })
    document.end()
    reply.type('application/pdf')
    return buffer(document)
  })
}

/** @param {number} cents */
function euros (cents) {
  return `${(cents / 100).toFixed(2)} €`
}
