/** Rows of a table, as a report of a shop has them. */
export function makeRows (count) {
  return Array.from({ length: count }, (_, id) => ({ id, customer: `customer ${id % 5000}`, price: (id % 997) * 1.5, paid: id % 2 === 0 }))
}

export function makeHtml (count) {
  const row = ({ id, customer, price }) => `<tr class="order" id="order-${id}"><td>${id}</td><td><a href="/customers/${id}">${customer}</a></td><td>${price}</td></tr>`
  return `<!doctype html><html><head><title>Orders</title></head><body><table>${makeRows(count).map(row).join('\n')}</table></body></html>`
}
