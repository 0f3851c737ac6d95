const text = { type: 'string', minLength: 1, maxLength: 200 }

/** A JSON schema of which no two are alike, so that each is compiled. */
export const order = (index) => ({
  type: 'object',
  required: ['id', 'customer', 'lines'],
  properties: {
    id: { type: 'integer', minimum: index },
    customer: { type: 'object', required: ['name'], properties: { name: text, email: { type: 'string', format: 'email' }, city: text } },
    lines: {
      type: 'array',
      maxItems: 100 + index,
      items: { type: 'object', required: ['product', 'amount'], properties: { product: text, amount: { type: 'integer', minimum: 1 }, price: { type: 'number' } } }
    }
  }
})
