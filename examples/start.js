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

These keep threads busy for some seconds each; see that /ping answers all the same:

  for i in 1 2 3 4; do curl -s ${address}/fib/43 -o /dev/null & done
  curl -w ' after %{time_total} s\\n' ${address}/ping
`)
