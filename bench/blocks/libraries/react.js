import { Writable } from 'node:stream'
import { finished } from 'node:stream/promises'

export const packages = ['react', 'react-dom']

export const cases = {
  renderToString: {
    call: '`renderToString()`, 4,000 rows',
    async prepare () {
      const { renderToString } = await import('react-dom/server')
      const table = await makeTable()
      return async () => { renderToString(table()) }
    }
  },
  renderToPipeableStream: {
    call: '`renderToPipeableStream()`, 4,000 rows',
    async prepare () {
      const { renderToPipeableStream } = await import('react-dom/server')
      const table = await makeTable()
      return async () => {
        const sink = new Writable({ write: (chunk, encoding, callback) => callback() })
        renderToPipeableStream(table()).pipe(sink)
        await finished(sink)
      }
    }
  }
}

async function makeTable () {
  const { createElement } = await import('react')
  const { makeRows } = await import('../data/pages.js')
  const rows = makeRows(4_000)
  const Row = ({ id, customer, price }) => createElement('tr', { className: 'order' },
    createElement('td', null, id), createElement('td', null, customer), createElement('td', null, price))
  return () => createElement('table', null, createElement('tbody', null, rows.map((row) => createElement(Row, { ...row, key: row.id }))))
}
