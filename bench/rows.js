// About 1 MB as JSON.
export const rows = Array.from({ length: 7_300 }, (_, id) => ({
  id,
  name: `customer ${id}`,
  email: `customer.${id}@example.com`,
  city: 'Amsterdam',
  balance: id * 1.25,
  active: id % 2 === 0,
  tags: ['a', 'b']
}))

// About 100 kB.
export const someRows = rows.slice(0, rows.length / 10)
