import closeWithGrace from 'close-with-grace'
import { app } from './app.js'

const { HOST = '127.0.0.1', PORT = '3000' } = process.env

// The plugin cuts short whatever runs after its grace period; a busy machine takes longer.
closeWithGrace({ delay: 60_000 }, async ({ err }) => {
  if (err) app.log.error(err)
  await app.close()
})

const address = await app.listen({ host: HOST, port: Number(PORT) })

console.log(`Listening at ${address}. Look, in a browser:

  ${address}/burgers/
    the same orders on a loop that waits, on one that computes, and in threads
  ${address}/blocking/?registration=burgers
    the threads that serve them, and which routes to mark

Try, in another terminal:

  curl ${address}/ping
  curl ${address}/fib/40
  curl '${address}/reports/months?from=2025-01-01&to=2025-12-31'
  curl '${address}/reports/products?limit=3'
  curl ${address}/text -H 'content-type: application/json' \\
    -d '{ "text": "I love the train to Berlin! On 3 March 2025 it cost $49.90." }'
  curl ${address}/stats

Draw a picture, read what is written there, and blacken it:

  curl -sS '${address}/card?title=Grace+Hopper&text=wrote+a+compiler+in+1952' -o card.png
  curl -sS ${address}/ocr -H 'content-type: image/png' --data-binary @card.png
  curl -sS ${address}/redact -H 'content-type: image/png' --data-binary @card.png -o redacted.png

These keep threads busy for some seconds; see that /ping answers all the same:

  curl -sS ${address}/reports/orders.xlsx -o orders.xlsx -w '%{http_code} after %{time_total} s\\n' &
  for i in 1 2 3 4; do curl -sS ${address}/fib/41 -w ' after %{time_total} s\\n' & done
  curl -sS ${address}/ping -w ' after %{time_total} s\\n'
`)
