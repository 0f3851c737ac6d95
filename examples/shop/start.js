import closeWithGrace from 'close-with-grace'
import { build } from './app.js'

const app = await build()

// What runs is cut short after the plugin's grace period; a busy machine takes longer.
closeWithGrace({ delay: 60_000 }, async ({ err }) => {
  if (err) app.log.error(err)
  await app.close()
})

const { HOST = '127.0.0.1', PORT = '3000' } = process.env
const address = await app.listen({ host: HOST, port: Number(PORT) })

console.log(`Listening at ${address}; its pages: ${address}/docs. Try, in another terminal:

  alias shop='curl --silent --cookie cookies --cookie-jar cookies'
  shop ${address}/api/products?search=tea
  shop ${address}/api/account/login --json '{ "email": "ada@example.com", "password": "correct horse" }'
  shop ${address}/api/orders --json '{ "lines": [{ "product": 1, "pieces": 2 }] }'
  shop ${address}/api/orders/1/invoice --output invoice.pdf
  shop ${address}/api/orders/1/mail

As staff, who see more (password: "battery staple"):

  shop ${address}/api/account/login --json '{ "email": "staff@example.com", "password": "battery staple" }'
  shop ${address}/api/reports/sales
  shop ${address}/api/reports/orders.csv
`)
