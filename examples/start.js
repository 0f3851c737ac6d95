import closeWithGrace from 'close-with-grace'
import { app } from './app.js'

const { HOST = '127.0.0.1', PORT = '3000' } = process.env

// What runs may finish; the slowest request may take 10 s.
closeWithGrace({ delay: 15_000 }, async ({ err }) => {
  if (err) app.log.error(err)
  await app.close()
})

const address = await app.listen({ host: HOST, port: Number(PORT) })

console.log(`Listening at ${address}. Try, in another terminal:

  curl ${address}/ping
  curl '${address}/report?from=2025-01-01&to=2025-12-31'
  curl ${address}/invoice -o invoice.pdf -H 'content-type: application/json' \\
    -d '{ "customer": "Ada", "lines": [{ "item": "Tea", "quantity": 2, "cents": 450 }] }'
  curl '${address}/picture?width=1200&height=800' -o picture.png
  curl ${address}/stats

These keep every thread busy for up to 10 s each; see that /ping answers all the same:

  for i in 1 2 3 4; do curl -s '${address}/picture?width=2000&height=2000&iterations=50000' -o /dev/null & done
  curl -w ' after %{time_total} s\\n' ${address}/ping
`)
