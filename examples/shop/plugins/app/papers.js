import { readFileSync } from 'node:fs'
import ejs from 'ejs'
import fp from 'fastify-plugin'
import PDFDocument from 'pdfkit'

const mail = ejs.compile(readFileSync(new URL('../../views/mail.ejs', import.meta.url), 'utf8'))

/** @param {number} cents */
const euros = (cents) => `${(cents / 100).toFixed(2)} EUR`

/** What customers get on paper, or would: both are drawn at one go. */
export default fp(async function papers (app) {
  app.decorate('papers', {
    mail: (order) => mail({ order, euros }),

    /** A stream, but all of its text is laid out before the first byte is read. */
    invoice (order) {
      const document = new PDFDocument({ size: 'A4', margin: 60, info: { Title: `Invoice ${order.id}`, CreationDate: new Date(order.placed) } })
      document.fontSize(22).text(`Invoice ${order.id}`).moveDown()
      document.fontSize(11).text(order.name).text(order.email).text(order.placed.slice(0, 10)).moveDown()
      for (const { name, pieces, cents } of order.lines) {
        document.text(`${pieces} x ${name}`, { continued: true }).text(euros(pieces * cents), { align: 'right' })
      }
      document.moveDown().fontSize(13).text(euros(order.cents), { align: 'right' })
      document.end()
      return document
    }
  })
}, { name: 'shop-papers' })
